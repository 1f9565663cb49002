/** A Kubernetes object as rendered. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [key: string]: unknown;
}

/** `kind/namespace/name`, unique in a cluster. */
export const manifestId = ({ kind, metadata }: Manifest): string =>
  [kind, metadata.namespace, metadata.name].filter((part) => part !== undefined).join("/");
