import type { StandIn } from "../standins";
import { debian } from "./debian";

const redisExporter = {
  module: "github.com/oliver006/redis_exporter@v1.88.0",
  sum: "h1:c9X6AbOjrcR7/O3bplFrTNuEKTIjDVmovSlMqMh7rXw=",
  ldflags: "-X main.BuildVersion=v1.88.0",
};

/** Of the services in components/infrastructure. */
export const infrastructure: Readonly<Record<string, StandIn>> = {
  "docker.io/library/redis:8.8.2-alpine": {
    folder: "redis",
    base: "trixie",
    downloads: {},
    contains: [{ product: "Redis and Sentinel", version: "8.0.2 or newer", from: debian }],
    differences: [
      "directives and commands that came after 8.0 are refused",
      "no bundled modules (search, JSON, time series, probabilistic types)",
      "Debian instead of Alpine: scripts find GNU programs and bash, and not BusyBox",
      "no entrypoint: it would only drop root and load the modules",
    ],
  },
  "quay.io/oliver006/redis_exporter:v1.88.0": {
    folder: "redis-exporter",
    base: "busybox",
    downloads: { redis_exporter: { go: redisExporter } },
    contains: [{ product: "redis_exporter", version: "1.88.0", from: "Go module" }],
    differences: ["it tells its version, but no revision and build date", "BusyBox instead of nothing but the program"],
  },
  "quay.io/keycloak/keycloak:26.8.0": {
    folder: "keycloak",
    base: "jdk21",
    downloads: {
      keycloak: {
        maven: "org.keycloak:keycloak-quarkus-dist:26.7.3:tar.gz",
        sha256: "77657f30b7e90d70f727712ce1c967f430fd6a5e9f458d32d8c6df0635345f47",
      },
    },
    contains: [
      { product: "Keycloak", version: "26.7.3", from: "Maven" },
      { product: "OpenJDK", version: "21.0.13 or newer", from: debian },
    ],
    differences: [
      "options and realm settings that came with 26.8 stop the start or are ignored",
      "Debian instead of UBI micro: no FIPS crypto policy, more programs than bash and coreutils",
    ],
  },
};
