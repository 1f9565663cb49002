import type { Labels, Manifest } from "../../policies/objects/manifest";

/** Objects that tests of the NetworkPolicy evaluator build small clusters from. */

export const namespace = (name: string, labels: Labels = {}): Manifest => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels },
});

export const pods = (ns: string, name: string, labels: Labels): Manifest => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: ns },
  spec: {
    template: {
      metadata: { labels },
      spec: {
        containers: [
          {
            name,
            ports: [
              { name: "web", containerPort: 8080 },
              { name: "syslog", containerPort: 514, protocol: "UDP" },
            ],
          },
        ],
      },
    },
  },
});

export const policy = (ns: string, name: string, spec: object): Manifest => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace: ns },
  spec,
});
