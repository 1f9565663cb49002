import type { StandIn } from "../standins";
import { debian } from "./debian";

/** Of the services in components/analytics. */
export const analytics: Readonly<Record<string, StandIn>> = {
  "sandbox.local/superset:6.1.0": {
    folder: "superset",
    base: "trixie",
    downloads: {
      wheels: {
        requirements: "../../images/superset/requirements.txt",
        sha256: "f5c743994d269d2075693798afac3934752d6e71388fbf98da6adb3f81c28a69",
        python: "3.11",
      },
      odfpy: {
        pypi: "odfpy==1.4.1",
        sha256: "db766a6e59c5103212f3cc92ec8dd50a0f3a02790233ed0b52148b70d3c438ec",
        source: true,
      },
      pgsanity: {
        pypi: "pgsanity==0.2.9",
        sha256: "de0bbd6fe4f98bf5139cb5f466eac2e2abaf5a7b050b9e4867b87bf360873173",
        source: true,
      },
      "wtforms-json": {
        pypi: "wtforms-json==0.3.5",
        sha256: "782728526a3963e9cd85948894185bff55233f3d068155175465cecec09d2234",
        source: true,
      },
    },
    contains: [
      { product: "Apache Superset", version: "6.1.0", from: "PyPI" },
      {
        product: "its drivers for PostgreSQL, Trino and ClickHouse",
        version: "of the platform's own image",
        from: "PyPI",
      },
      { product: "Python", version: "3.11", from: `${debian}, of the release before` },
    ],
    differences: [
      "Debian and Python 3.11 instead of UBI and Python 3.12; the packages are those of the platform's own image, by the same files",
      "none of the base's tools: no compilers, no git, no httpd",
    ],
  },
  "quay.io/prometheus/statsd-exporter:v0.28.0": {
    folder: "statsd-exporter",
    base: "busybox",
    downloads: {
      statsd_exporter: {
        go: {
          module: "github.com/prometheus/statsd_exporter@v0.28.0",
          sum: "h1:S3ZLyLm/hOKHYZFOF0h4zYmd0EeKyPF9R1pFBYXUgYY=",
          ldflags: "-X github.com/prometheus/common/version.Version=0.28.0",
        },
      },
    },
    contains: [{ product: "statsd_exporter", version: "0.28.0", from: "Go module" }],
    differences: ["its metrics tell the version, but no revision, branch and build date"],
  },
};
