import * as k8s from "@pulumi/kubernetes";
import { catalogue } from "../core/catalogue";
import type { Endpoint } from "../core/flows";
import type { Service } from "../core/service";

/**
 * A Route is there when a router admits it. One that is refused has the condition too, with status False and a message:
 * then Pulumi shows the message, which comes first, while it waits, and fails after the timeout (seconds).
 */
const waitForAdmission = {
  "pulumi.com/waitFor": 'jsonpath={.status.ingress[*].conditions[?(@.type=="Admitted")]["message","status"]}=True',
  "pulumi.com/timeoutSeconds": "120",
};

export interface RouteSpec {
  /** The Kubernetes Service behind the Route, and the name of its port. */
  readonly to: string;
  readonly port: string;
  /** The pods behind it. */
  readonly endpoint: Endpoint;
  /** The pods serve TLS with a certificate of the platform's authority; the router then verifies it (termination `reencrypt`). */
  readonly tls?: boolean;
  /** How long the router waits for an answer. */
  readonly timeout: string;
}

/**
 * The public way to a service: HTTPS at the router, plain HTTP redirected, browsers told to stay with HTTPS.
 * The certificate is the router's default, or `datalyptica:routeCertificate`.
 */
export function route(service: Service, spec: RouteSpec): void {
  const { platform } = service;
  const facts = catalogue[service.service];
  if (!("route" in facts)) throw new Error(`${service.service} has no route in the catalogue`);
  const host = platform.host(facts.route);
  const { routeCertificate } = platform.settings;

  platform.flows.allowOutside(spec.endpoint.peer, "router", spec.endpoint.port);
  platform.urls[facts.route] = `https://${host}`;
  new k8s.apiextensions.CustomResource(
    facts.route,
    {
      apiVersion: "route.openshift.io/v1",
      kind: "Route",
      metadata: service.metadata(facts.route, "route", {
        ...waitForAdmission,
        "haproxy.router.openshift.io/timeout": spec.timeout,
        "haproxy.router.openshift.io/hsts_header": "max-age=31536000",
      }),
      spec: {
        host,
        to: { kind: "Service", name: spec.to, weight: 100 },
        port: { targetPort: spec.port },
        tls: {
          termination: spec.tls ? "reencrypt" : "edge",
          insecureEdgeTerminationPolicy: "Redirect",
          ...(spec.tls ? { destinationCACertificate: platform.authority.certificate.certPem } : {}),
          ...(routeCertificate
            ? {
                certificate: routeCertificate.apply((each) => each.certificate),
                key: routeCertificate.apply((each) => each.key),
                caCertificate: routeCertificate.apply((each) => each.caCertificate ?? ""),
              }
            : {}),
        },
        wildcardPolicy: "None",
      },
    },
    // A host is a claim on the router: a changed one is given up before the new one is asked for.
    service.child({ deleteBeforeReplace: true, replaceOnChanges: ["spec.host"] }),
  );
}
