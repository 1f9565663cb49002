import { directories, keyFiles, serverPort } from "./config";

/** Bash of MLflow's containers. The image is Debian's with Python. */

/** Writes the secrets that are mounted as libpq and the AWS SDK read them, which want a file of their own, and runs what it is given. */
export const startScript = `
umask 077
printf '*:*:*:*:%s\\n' "$(<${directories.database}/password)" > ${keyFiles.database}
if [ -e ${directories.bucket}/accessKey ]; then
  printf '[default]\\naws_access_key_id=%s\\naws_secret_access_key=%s\\n' \\
    "$(<${directories.bucket}/accessKey)" "$(<${directories.bucket}/secretKey)" > ${keyFiles.bucket}
fi
exec "$@"
`.trim();

/** MLflow answers nobody outside its pod, the kubelet included. */
export const healthScript = `
exec 3<> /dev/tcp/127.0.0.1/${serverPort}
printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3
read -r -t 4 _ status _ <&3
[ "$status" = 200 ]
`.trim();
