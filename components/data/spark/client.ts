import { authorityFile } from "../../core/certificates";
import type { Handle } from "../../core/service";
import { type EnvValue, keyOf, type Source } from "../../core/sources";

/** How services reach Spark. */

/**
 * The way in: Spark Connect, over TLS and with a token. What its clients send runs on the cluster as Spark itself, with
 * Spark's own keys of the lakehouse.
 */
export interface SparkConnect extends Handle {
  /** For `SparkSession.builder.remote`: address, TLS, and the owner's name as it shows in the UI. */
  readonly remote: string;
  /** Secret in the owner's namespace: `token`. */
  readonly credentials: Source;
}

/**
 * Variables with which `SparkSession.builder.getOrCreate()` of PySpark is a session of Spark Connect. The container must
 * mount the platform's authority: PySpark takes it from nowhere but gRPC's variable.
 */
export const clientEnvironment = ({ remote, credentials }: SparkConnect): Readonly<Record<string, EnvValue>> => ({
  SPARK_REMOTE: remote,
  SPARK_CONNECT_AUTHENTICATE_TOKEN: keyOf(credentials, "token"),
  GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: authorityFile,
});
