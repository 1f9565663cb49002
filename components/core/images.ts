import catalogue from "./image-catalogue.json";

/**
 * Every image the platform runs, once: registry, repository, exact tag, where the tag was seen.
 * `image-catalogue.json` is data so that Renovate can raise tags and a mirror script can list them.
 */
export type ImageName = keyof typeof catalogue;

export const imageNames = Object.keys(catalogue) as ImageName[];

export interface ImageSettings {
  /** Registry -> the registry (and path) to pull from instead, for air-gapped sites. */
  readonly mirrors: Readonly<Record<string, string>>;
  /** Image name -> complete reference, for images built or patched elsewhere. */
  readonly overrides: Readonly<Partial<Record<ImageName, string>>>;
}

/** The reference a container uses: an override as it is, else the catalogue's, through the mirror of its registry. */
export function imageReference(name: ImageName, settings: ImageSettings): string {
  const override = settings.overrides[name];
  if (override) return override;
  const { registry, repository, tag } = catalogue[name];
  return `${settings.mirrors[registry] ?? registry}/${repository}:${tag}`;
}

/** The product's version as its label shows it: the image's tag, or the start of its digest, in characters that labels allow. */
export function imageVersion(name: ImageName, settings: ImageSettings): string {
  const [tagged = "", digest] = imageReference(name, settings).split("@");
  const tag = /:([^:/]+)$/.exec(tagged)?.[1];
  return (tag ?? digest?.replace(":", "-").slice(0, 19) ?? "").replace(/[^A-Za-z0-9_.-]/g, "-").slice(0, 63);
}
