import * as fs from "node:fs";
import * as path from "node:path";
import catalogue from "./image-catalogue.json";

/**
 * Every image the platform runs, once. `image-catalogue.json` has those that others publish: registry, repository, exact
 * tag, where the tag was seen; it is data so that Renovate can raise tags and a mirror script can list them.
 */
export type PublishedImage = keyof typeof catalogue;

/** Images of the platform's own, each built from `images/<name>/Containerfile`, with the version that its label shows. */
const own = {
  "kafka-connect": "1.0.0",
  spark: "4.0.4",
  flink: "1.0.0",
  dbt: "1.11.14",
  "great-expectations": "1.24.1",
  jupyterhub: "5.5.4",
  jupyterlab: "1.0.0",
  superset: "6.1.0",
  airflow: "3.2.2",
} as const;
export type OwnImage = keyof typeof own;

export type ImageName = PublishedImage | OwnImage;
export const publishedImages = Object.keys(catalogue) as PublishedImage[];
export const ownImages = Object.keys(own) as OwnImage[];
export const imageNames: readonly ImageName[] = [...publishedImages, ...ownImages];

export interface ImageSettings {
  /** Registry -> the registry (and path) to pull from instead, for air-gapped sites. */
  readonly mirrors: Readonly<Record<string, string>>;
  /** Image name -> complete reference, for images built or patched elsewhere. */
  readonly overrides: Readonly<Partial<Record<ImageName, string>>>;
}

const isOwn = (name: ImageName): name is OwnImage => name in own;

/** The reference a container uses: an override as it is, else the catalogue's, through the mirror of its registry. */
export function imageReference(name: PublishedImage, settings: ImageSettings): string {
  const override = settings.overrides[name];
  if (override) return override;
  const { registry, repository, tag } = catalogue[name];
  return `${settings.mirrors[registry] ?? registry}/${repository}:${tag}`;
}

/** How tables name an image: as it is published, or by the folder that it is built from. */
export const imageTitle = (name: ImageName): string =>
  isOwn(name) ? `images/${name} ${own[name]}` : imageReference(name, { mirrors: {}, overrides: {} });

/** The name under which the sandbox imports an image. */
export const sandboxImage = (name: ImageName): string =>
  isOwn(name) ? `sandbox.local/${name}:${own[name]}` : imageTitle(name);

/** The product's version as its label shows it: the image's tag, or the start of its digest, in characters that labels allow. */
export function imageVersion(name: ImageName, settings: ImageSettings): string {
  if (isOwn(name) && !settings.overrides[name]) return own[name];
  const reference = isOwn(name) ? (settings.overrides[name] ?? "") : imageReference(name, settings);
  const [tagged = "", digest] = reference.split("@");
  const tag = /:([^:/]+)$/.exec(tagged)?.[1];
  return (tag ?? digest?.replace(":", "-").slice(0, 19) ?? "").replace(/[^A-Za-z0-9_.-]/g, "-").slice(0, 63);
}

/** What an image of the platform's own is built from. */
export interface ImageSources {
  /** Images that it is based on come from where the catalogue's do. */
  readonly containerfile: string;
  /** What it copies: name -> text. */
  readonly files: Readonly<Record<string, string>>;
}

/** Where a base comes from: as the catalogue's image, if it is one, else through the mirror of its registry. */
function baseReference(base: string, settings: ImageSettings): string {
  const published = publishedImages.find((name) => imageTitle(name) === base);
  if (published) return imageReference(published, settings);
  const [registry = "", ...path] = base.split("/");
  return [settings.mirrors[registry] ?? registry, ...path].join("/");
}

export function imageSources(name: OwnImage, settings: ImageSettings): ImageSources {
  const folder = path.join(__dirname, "../../images", name);
  const text = (file: string) => fs.readFileSync(path.join(folder, file), "utf8");
  const files = fs.readdirSync(folder).filter((file) => file !== "Containerfile" && file !== "README.md");
  return {
    containerfile: text("Containerfile").replace(
      /^FROM (\S+)/gm,
      (_, base: string) => `FROM ${baseReference(base, settings)}`,
    ),
    files: Object.fromEntries(files.sort().map((file) => [file, text(file)])),
  };
}
