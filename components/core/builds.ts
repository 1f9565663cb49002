import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import { imageSources, type OwnImage } from "./images";
import type { Handle, Service } from "./service";

/** An image of the platform's own, and the build that must have ended before it can be pulled. */
export interface BuiltImage extends Handle {
  readonly reference: string;
}

/** OpenShift's own registry, as nodes and build pods reach it. */
const registry = { host: "image-registry.openshift-image-registry.svc", port: 5000 };
/** The build pod's: it downloads and unpacks, and compresses what comes out. Seconds in which it must be done. */
const resources = { requests: { cpu: "250m", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } };
const deadline = 3600;

/**
 * Builds an image in the cluster, into an ImageStream of the service's namespace, unless `datalyptica:images` names one
 * that is ready-made (where the cluster has no registry of its own, or no builds).
 *
 * A Build is made directly, without a BuildConfig, which would not build again when only its text changes. Build and tag
 * bear a hash of what the image is made from: another text is another build, and rolls exactly the pods that use it.
 */
export function builtImage(service: Service, name: OwnImage): BuiltImage {
  const { platform, namespace } = service;
  const { images, apiServerPort } = platform.settings;
  const ready = images.overrides[name];
  if (ready) return { reference: ready, reaches: [], ready: [] };

  const sources = imageSources(name, images);
  const tag = createHash("sha256").update(JSON.stringify(sources)).digest("hex").slice(0, 10);
  const context = service.configMap("build", "image", sources.files);
  const stream = new k8s.apiextensions.CustomResource(
    `${name}-image`,
    {
      apiVersion: "image.openshift.io/v1",
      kind: "ImageStream",
      metadata: service.metadata(name, "image"),
      spec: { lookupPolicy: { local: false } },
    },
    service.child(),
  );
  const buildName = `${name}-${tag}`;
  const build = new k8s.apiextensions.CustomResource(
    `${name}-build`,
    {
      apiVersion: "build.openshift.io/v1",
      kind: "Build",
      metadata: service.metadata(buildName, "image", {
        "pulumi.com/waitFor": "jsonpath={.status.phase}=Complete",
        "pulumi.com/timeoutSeconds": `${deadline}`,
      }),
      spec: {
        // OpenShift makes this account in every namespace, with the right to push there.
        serviceAccount: "builder",
        source: {
          type: "Dockerfile",
          dockerfile: sources.containerfile,
          configMaps: [{ configMap: { name: context.name }, destinationDir: "." }],
        },
        strategy: { type: "Docker", dockerStrategy: {} },
        output: { to: { kind: "ImageStreamTag", name: `${name}:${tag}` } },
        resources,
        completionDeadlineSeconds: deadline,
      },
    },
    // A Build cannot be changed, and another one of the same text has the same name.
    service.child({ dependsOn: [stream, context.resource], replaceOnChanges: ["spec"], deleteBeforeReplace: true }),
  );
  const peer = {
    namespace,
    name: `${name}-build`,
    selector: { "openshift.io/build.name": buildName },
    labels: platform.labels(service.service, "image"),
  };
  platform.flows.allowOutside(peer, "internet", 443);
  platform.flows.allowOutside(peer, "registry", registry.port);
  platform.flows.allowOutside(peer, "apiserver", apiServerPort);
  return { reference: `${registry.host}:${registry.port}/${namespace}/${name}:${tag}`, reaches: [], ready: [build] };
}
