import { authorityFile, authorityMount } from "./certificates";
import { plainLines } from "./logs";
import type { ContainerSpec } from "./pods";
import type { Size } from "./profiles";
import { mebibytes } from "./quantities";
import type { Service } from "./service";
import { type Mount, scratch } from "./sources";

/** What JVM services share: a trust store that knows the platform's authority, and options derived from the container's memory. */

const trustPath = "/etc/truststore";
/** No secret: a PKCS #12 store needs some password, and this one holds public certificates only. */
const trustPassword = "changeit";
const trustStore = `${trustPath}/truststore.p12`;

export interface JavaTrust {
  /** Runs before the JVM and writes the store: the image's public authorities and the platform's. */
  readonly init: ContainerSpec;
  readonly mount: Mount;
  readonly path: string;
  readonly password: string;
  readonly options: readonly string[];
}

/**
 * A heap of fixed size out of the container's requested memory, so that it is there when it is needed.
 * @param share of the memory; the rest is for metaspace, threads, buffers and, with Kafka, the page cache
 */
export function heapOptions(size: Size, share: number): readonly string[] {
  const heap = mebibytes(size.memory, share);
  return [`-Xms${heap}m`, `-Xmx${heap}m`, "-XX:+ExitOnOutOfMemoryError"];
}

/**
 * @param image an image with `keytool` on its PATH or under JAVA_HOME, usually the service's own
 * @param tmp the pod's scratch space
 */
export function javaTrust(service: Service, image: string, tmp: Mount): JavaTrust {
  const mount = scratch("truststore", trustPath, "8Mi");
  const script = [
    'keytool="$(readlink -f "$(command -v keytool || echo "$JAVA_HOME/bin/keytool")")"',
    'public="$(dirname "$(dirname "$keytool")")/lib/security/cacerts"',
    // A restarted init container finds what its predecessor wrote.
    `rm -f ${trustStore}`,
    `"$keytool" -importkeystore -noprompt -srckeystore "$public" -srcstorepass changeit -destkeystore ${trustStore} -deststoretype PKCS12 -deststorepass ${trustPassword}`,
    `"$keytool" -importcert -noprompt -alias platform-ca -file ${authorityFile} -keystore ${trustStore} -storepass ${trustPassword}`,
  ].join("\n");
  return {
    init: {
      name: "truststore",
      image,
      logs: plainLines,
      command: ["/bin/sh", "-ec", script],
      env: { HOME: "/tmp" },
      // A JVM for a few seconds; requests of init containers do not add to the pod's.
      resources: { cpu: "50m", memory: "64Mi", cpuLimit: "1", memoryLimit: "512Mi" },
      mounts: [mount, tmp, authorityMount(service)],
    },
    mount: { ...mount, readOnly: true },
    path: trustStore,
    password: trustPassword,
    options: [
      `-Djavax.net.ssl.trustStore=${trustStore}`,
      "-Djavax.net.ssl.trustStoreType=PKCS12",
      `-Djavax.net.ssl.trustStorePassword=${trustPassword}`,
    ],
  };
}
