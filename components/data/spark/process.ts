import { datedEntries } from "../../core/logs";
import type { ContainerSpec } from "../../core/pods";
import { type EnvValue, filesFrom, keyOf, type Source, scratch } from "../../core/sources";
import type { Bucket } from "../../storage/minio";
import * as config from "./config";

/** What differs from one process of Spark to the other. */
type Process = Omit<ContainerSpec, "image" | "logs" | "command" | "args" | "workingDir"> & {
  /** Its settings. */
  readonly settings: Source;
  readonly run: readonly string[];
};

export const tmp = scratch("tmp", "/tmp", "2Gi");

/** A container that runs one of Spark's processes. @param common files that all of them have */
export function sparkProcess(
  image: string,
  common: Source,
  { settings, run, env, mounts = [], ...rest }: Process,
): ContainerSpec {
  const { config: files, settings: own } = config.directories;
  return {
    ...rest,
    image,
    logs: datedEntries,
    command: ["/bin/bash", "-ec", config.startScript, "start", ...run],
    workingDir: "/tmp",
    env: { ...config.environment, ...env },
    mounts: [tmp, filesFrom(common, files), filesFrom(settings, own), ...mounts],
  };
}

/** The keys of a bucket, as settings name them. */
export function bucketKeys(name: config.KeyName, { credentials }: Bucket): Readonly<Record<string, EnvValue>> {
  const { accessKey, secretKey } = config.keyVariables(name);
  return { [accessKey]: keyOf(credentials, "accessKey"), [secretKey]: keyOf(credentials, "secretKey") };
}
