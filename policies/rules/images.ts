import type { Finding, Manifest } from "../objects/manifest";
import { containerFindings } from "../objects/pods";

const movingTags = /^(latest|main|master|edge|nightly|stable|dev)$/;
const digest = /@sha256:[0-9a-f]{64}$/;

/** Every image is a certain one: of a registry that is named, by digest or by a tag that does not move. */
export const images = (manifests: readonly Manifest[]): Finding[] =>
  containerFindings(manifests, ({ image = "" }) => {
    const [registry = ""] = image.split("/");
    const tag = /:([^:/@]+)(@|$)/.exec(image)?.[1];
    return [
      // Without one every node's own configuration decides where the image comes from.
      ...(/[.:]/.test(registry) && image.includes("/") ? [] : [`image "${image}" names no registry`]),
      ...(image.includes("@") && !digest.test(image) ? [`image "${image}" has no proper digest`] : []),
      ...(tag === undefined && !image.includes("@") ? [`image "${image}" has neither tag nor digest`] : []),
      ...(tag !== undefined && !image.includes("@") && (movingTags.test(tag) || !/\d/.test(tag))
        ? [`image "${image}" has a tag that moves`]
        : []),
    ];
  });
