/** A resource as the engine knows it. */
export interface StateResource {
  readonly urn: string;
  readonly parent?: string;
  readonly dependencies?: readonly string[];
}

/** @param text what `pulumi stack export` prints */
export function exported(text: string): readonly StateResource[] {
  const { deployment } = JSON.parse(text) as { deployment: { resources: readonly StateResource[] } };
  return deployment.resources;
}

/** The longest chain of resources that wait for one another. */
export function depth(resources: readonly StateResource[]): number {
  const known = new Map<string, number>();
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const of = (urn: string): number => {
    const seen = known.get(urn);
    if (seen !== undefined) return seen;
    const length = 1 + Math.max(0, ...(byUrn.get(urn)?.dependencies ?? []).map(of));
    known.set(urn, length);
    return length;
  };
  return Math.max(...resources.map(({ urn }) => of(urn)));
}
