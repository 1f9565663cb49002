import { paths } from "./config";

/** Bash of dbt's containers. The image has bash, coreutils, findutils, git, and Python in /opt/dbt. */

/** Each file of the ConfigMap once, without the folders that the kubelet keeps beside them. */
export const copyScript = `
mkdir -p ${paths.project} ${paths.home}
cd ${paths.bundled}
find -L . -type f -not -path './..*' -exec cp --parents -L -t ${paths.project} {} +
`.trim();

/** A branch, a tag or a commit; a token is given to git as the answer to its question, and is in no address. */
export const gitScript = `
mkdir -p ${paths.project} ${paths.home}
cd ${paths.project}
export GIT_TERMINAL_PROMPT=0
if [ -e ${paths.git}/token ]; then
  printf '%s\\n' '#!/bin/sh' 'case "$1" in User*) echo token ;; *) cat ${paths.git}/token ;; esac' > ${paths.home}/askpass
  chmod 0700 ${paths.home}/askpass
  export GIT_ASKPASS=${paths.home}/askpass
fi
git init -q .
git fetch -q --depth 1 "$GIT_URL" "$GIT_REF"
git checkout -q FETCH_HEAD
echo "$GIT_URL $GIT_REF: $(git rev-parse HEAD)"
`.trim();

export const bundleScript = `
mkdir -p ${paths.project} ${paths.home}
/opt/dbt/bin/python ${paths.scripts}/fetch.py "projects/$BUNDLE" ${paths.project}
echo "$BUNDLE"
`.trim();

/**
 * Builds and tests the project, documents it, and publishes what came of it, also of a run that failed: that is when
 * somebody looks. There is no way to dbt's package hub, so packages are vendored in \`dbt_packages\`.
 */
export const runScript = `
start=$(date +%s) code=0
dbt=(/opt/dbt/bin/dbt --no-use-colors --log-format json --no-send-anonymous-usage-stats)
cd "$DBT_PROJECT_DIR"
"\${dbt[@]}" build --profile datalyptica --target "$TARGET" --target-path ${paths.work}/run || code=$?
"\${dbt[@]}" docs generate --static --profile datalyptica --target "$TARGET" --target-path ${paths.work}/docs || code=$((code > 0 ? code : $?))
/opt/dbt/bin/python ${paths.scripts}/publish.py ${paths.work}/run ${paths.work}/docs "$code" $(($(date +%s) - start))
exit "$code"
`.trim();
