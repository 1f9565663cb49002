import type { StandIn } from "../standins";
import { debian } from "./debian";

/** Of the services in components/analytics. */
export const analytics: Readonly<Record<string, StandIn>> = {
  "quay.io/oauth2-proxy/oauth2-proxy:v7.15.5": {
    folder: "oauth2-proxy",
    base: "busybox",
    downloads: {
      "oauth2-proxy": {
        go: {
          module: "github.com/oauth2-proxy/oauth2-proxy/v7@v7.15.6",
          sum: "h1:4xZOFvyGysSUxdrEVyLjo+NduqGHbGV9bLE8XD49IJM=",
          ldflags: "-X github.com/oauth2-proxy/oauth2-proxy/v7/pkg/version.VERSION=v7.15.6",
        },
      },
    },
    contains: [{ product: "oauth2-proxy", version: "7.15.6", from: "Go module" }],
    differences: [
      "7.15.5 is in no module proxy: 7.15.6 answers 403 in place of 500 to tokens for somebody else",
      "BusyBox instead of nothing but the program, and no key for login.gov",
    ],
  },
  "ghcr.io/mlflow/mlflow:v3.16.1-full": {
    folder: "mlflow",
    base: "trixie",
    downloads: {
      wheels: {
        requirements: "mlflow/requirements.txt",
        sha256: "c036d6b3321b6ac8a8fbbcdddbc069e6f708246526787fae8f0edb99141a33c0",
      },
    },
    contains: [
      { product: "MLflow", version: "3.16.1", from: "PyPI" },
      { product: "psycopg2", version: "2.9.13", from: "PyPI" },
      { product: "Python", version: "3.13", from: debian },
    ],
    differences: [
      "Python 3.13 on trixie instead of 3.11 on bookworm, in /opt/mlflow; its libraries are those of the day after MLflow's release",
      "of what -full adds only psycopg2, boto3 and the Prometheus exporter: no other databases and clouds, no gateway, no password plugin, and Uvicorn without httptools and uvloop",
      "S3 uploads carry no checksum of the SDK's own unless the request needs one (two variables in the image): the sandbox's MinIO refuses them",
    ],
  },
};
