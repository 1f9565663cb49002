import type { StandIn } from "../standins";
import { debian } from "./debian";

/** Of the services in components/analytics. */
export const analytics: Readonly<Record<string, StandIn>> = {
  "sandbox.local/airflow:3.2.2": {
    folder: "airflow",
    base: "trixie",
    downloads: {
      wheels: {
        requirements: "../../images/airflow/requirements.txt",
        sha256: "0a631252eb7ef5ade4df726daa3a6cf7382d75ee6ba9cb02189acf1b26803aa7",
      },
      yaml: {
        pypi: "pyyaml-ft==8.0.0",
        sha256: "06237267dbcab70d4c0e9436d8f719f04a51123f0ca2694c00dd4b68c338e40b",
      },
    },
    contains: [
      { product: "Apache Airflow", version: "3.2.2", from: "PyPI" },
      { product: "its providers", version: "of Airflow's constraints for 3.2.2", from: "PyPI" },
      { product: "Python", version: "3.13", from: debian },
    ],
    differences: [
      "Debian and Python 3.13 instead of UBI and Python 3.12; the packages are those of the platform's own image, by the same file, and one that only 3.13 needs",
      "none of the base's tools but git: no compilers, no httpd",
      "S3 uploads carry no checksum of the SDK's own unless the request needs one (two variables in the image): the sandbox's MinIO refuses them",
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
