import { createHash } from "node:crypto";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** What containers read and write: ConfigMaps, Secrets, scratch space, volumes; and how it gets into them. */

/** A ConfigMap or Secret that pods may read. Its checksum goes to the pods that do, so that a change rolls exactly those. */
export interface Source {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  /** Absent where a change must not roll the pods; see `rereadFrom`. */
  readonly checksum?: pulumi.Output<string>;
  readonly resource: pulumi.Resource;
}

/** A volume and where a container sees it. Two containers that mount the same volume name share it. */
export interface Mount {
  readonly volume: string;
  readonly path: string;
  readonly readOnly: boolean;
  readonly definition: Omit<k8s.types.input.core.v1.Volume, "name"> | "claim";
  readonly source?: Source;
}

/** Text to be seen as an environment variable: itself, a field of the pod, or a key of a Secret or ConfigMap. */
export type EnvValue = string | { readonly field: string } | { readonly source: Source; readonly key: string };

export const keyOf = (source: Source, key: string): EnvValue => ({ source, key });
export const podField = (field: string): EnvValue => ({ field });

/** Mounts a ConfigMap or Secret as files. `files` picks keys and renames them (key -> file); absent = all keys. */
export function filesFrom(source: Source, path: string, files?: Readonly<Record<string, string>>): Mount {
  const items = files && Object.entries(files).map(([key, file]) => ({ key, path: file }));
  const pick = items ? { items } : {};
  return {
    volume: source.name,
    path,
    readOnly: true,
    source,
    definition:
      source.kind === "Secret"
        ? // Readable by the pod's group only; products that check (PostgreSQL, pgBackRest) accept this for root's files.
          { secret: { secretName: source.name, defaultMode: 0o440, ...pick } }
        : { configMap: { name: source.name, defaultMode: 0o444, ...pick } },
  };
}

/**
 * Mounts files that the product reads again while it runs: a change does not roll the pods. The kubelet brings the new
 * files within about two minutes; making the product read them is up to whoever mounts them so.
 */
export const rereadFrom = ({ checksum: _, ...source }: Source, path: string): Mount => filesFrom(source, path);

/** Writable space that lives as long as the pod. @param limit the size at which the pod is evicted */
export function scratch(volume: string, path: string, limit: string, medium?: "Memory"): Mount {
  return {
    volume,
    path,
    readOnly: false,
    definition: { emptyDir: { sizeLimit: limit, ...(medium ? { medium } : {}) } },
  };
}

/**
 * A token for the Kubernetes API, for one container of a pod that otherwise has none. It is where clients look for it,
 * and is renewed by the kubelet.
 */
export const apiToken: Mount = {
  volume: "api-token",
  path: "/var/run/secrets/kubernetes.io/serviceaccount",
  readOnly: true,
  definition: {
    projected: {
      defaultMode: 0o440,
      sources: [
        { serviceAccountToken: { path: "token", expirationSeconds: 3600 } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      ],
    },
  },
};

/** The replica's own persistent volume. */
export const claim = (volume: string, path: string): Mount => ({ volume, path, readOnly: false, definition: "claim" });

/** A volume that whoever makes the pod puts one of somebody's own in place of, of the same size and class. */
export const ownVolume = (volume: string, path: string, size: string, storageClass: string | undefined): Mount => ({
  volume,
  path,
  readOnly: false,
  definition: {
    ephemeral: {
      volumeClaimTemplate: {
        spec: {
          accessModes: ["ReadWriteOnce"],
          ...(storageClass ? { storageClassName: storageClass } : {}),
          resources: { requests: { storage: size } },
        },
      },
    },
  },
});

/**
 * Checksum of data that may hold secrets. The hash itself is no secret: the passwords in it are 32 random characters,
 * and a secret annotation would hide the whole pod template in previews.
 */
export function checksum(data: pulumi.Input<Record<string, pulumi.Input<string>>>): pulumi.Output<string> {
  return pulumi.unsecret(
    pulumi.output(data).apply((entries) => digest(JSON.stringify(Object.entries(entries).sort()))),
  );
}

/** One checksum over all sources a pod reads, except those that are read again without a restart. */
export function combinedChecksum(sources: readonly Source[]): pulumi.Output<string> {
  const unique = new Map(
    sources.flatMap(({ kind, name, checksum }) => (checksum ? [[`${kind}/${name}`, checksum] as const] : [])),
  );
  const names = [...unique.keys()].sort();
  return pulumi
    .all(names.map((name) => unique.get(name) as pulumi.Output<string>))
    .apply((sums) => digest(sums.map((sum, i) => `${names[i]}=${sum}`).join("\n")));
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);
