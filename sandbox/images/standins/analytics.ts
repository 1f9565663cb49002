import type { StandIn } from "../standins";
import { debian } from "./debian";

const python = { product: "Python", version: "3.13", from: debian } as const;
const otherPython =
  "Debian and Python 3.13 instead of UBI and Python 3.12; the packages are those of the platform's own image, by the same file";

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
      python,
    ],
    differences: [
      "Python 3.13 on trixie instead of 3.11 on bookworm, in /opt/mlflow; its libraries are those of the day after MLflow's release",
      "of what -full adds only psycopg2, boto3 and the Prometheus exporter: no other databases and clouds, no gateway, no password plugin, and Uvicorn without httptools and uvloop",
      "S3 uploads carry no checksum of the SDK's own unless the request needs one (two variables in the image), and deletions one of the older kind: the sandbox's MinIO wants it so",
    ],
  },
  "sandbox.local/jupyterhub:5.5.4": {
    folder: "jupyterhub",
    base: "trixie",
    downloads: {
      wheels: {
        requirements: "../../images/jupyterhub/requirements.txt",
        sha256: "4d397b31a3ffceadcec03d1783773bb6d145de472b544c9471c51c5c08e0bc33",
      },
    },
    contains: [
      { product: "JupyterHub", version: "5.5.4", from: "PyPI" },
      { product: "KubeSpawner", version: "7.0.0", from: "PyPI" },
      { product: "OAuthenticator", version: "17.4.0", from: "PyPI" },
      python,
    ],
    differences: [otherPython, "none of the base's tools: no compilers, no git, no httpd"],
  },
  "sandbox.local/jupyterlab:1.0.0": {
    folder: "jupyterlab",
    base: "trixie",
    downloads: {
      wheels: {
        requirements: "../../images/jupyterlab/requirements.txt",
        sha256: "d0fc3ce81df4286da345b03ff8e7f4511d17986300b7d6f1f622d6950161843a",
      },
      pyspark: {
        pypi: "pyspark-client==4.0.4",
        sha256: "88f2bf867db6d3a9b7b88672cf27a0f796e42928956a74621f01da211d2af72f",
        source: true,
      },
      setuptools: {
        pypi: "setuptools==80.9.0",
        sha256: "062d34222ad13e0cc312a4c02d73f059e86a4acbfbdea8f8f76b28c99f306922",
      },
    },
    contains: [
      { product: "JupyterLab", version: "4.6.6", from: "PyPI" },
      { product: "PySpark's client", version: "4.0.4", from: "PyPI" },
      { product: "Trino's client", version: "0.340.0", from: "PyPI" },
      { product: "MLflow's client", version: "3.16.1", from: "PyPI" },
      python,
    ],
    differences: [
      otherPython,
      "none of the base's tools but git: no compilers, no httpd",
      "S3 uploads carry no checksum of the SDK's own unless the request needs one (two variables in the image): the sandbox's MinIO refuses them",
    ],
  },
  "quay.io/jupyterhub/configurable-http-proxy:5.2.0": {
    folder: "configurable-http-proxy",
    base: "trixie",
    downloads: { packages: { npm: "configurable-http-proxy" } },
    contains: [
      { product: "configurable-http-proxy", version: "5.2.0", from: "npm" },
      { product: "Node.js", version: "20.19.2 or newer", from: debian },
    ],
    differences: [
      "Node.js 20 on Debian instead of 24 on Alpine",
      "no entrypoint: containers must name their command, as the platform's do",
    ],
  },
  "sandbox.local/great-expectations:1.24.1": {
    folder: "great-expectations",
    base: "trixie",
    downloads: {
      wheels: {
        requirements: "../../images/great-expectations/requirements.txt",
        sha256: "ddf138960c64806902b32bc8b46c0f6cb1646f6b2740569a5d6f75744b614bce",
      },
    },
    contains: [
      { product: "Great Expectations", version: "1.24.1", from: "PyPI" },
      { product: "Trino's Python client", version: "0.340.0", from: "PyPI" },
      python,
    ],
    differences: [
      otherPython,
      "none of the base's tools but git: no compilers, no httpd",
      "S3 uploads carry no checksum of the SDK's own unless the request needs one (two variables in the image): the sandbox's MinIO refuses them",
    ],
  },
  "sandbox.local/airflow:3.2.2": {
    folder: "airflow",
    base: "trixie",
    downloads: {
      wheels: {
        requirements: "../../images/airflow/requirements.txt",
        sha256: "e547ac58f8f51e47a1a5ad37db0f225e07cda68b15b9d10af8ae206f0f5bbdbe",
      },
      yaml: {
        pypi: "pyyaml-ft==8.0.0",
        sha256: "06237267dbcab70d4c0e9436d8f719f04a51123f0ca2694c00dd4b68c338e40b",
      },
    },
    contains: [
      { product: "Apache Airflow", version: "3.2.2", from: "PyPI" },
      { product: "its providers", version: "of Airflow's constraints for 3.2.2", from: "PyPI" },
      python,
    ],
    differences: [
      "Debian and Python 3.13 instead of UBI and Python 3.12; the packages are those of the platform's own image, by the same file, and one that only 3.13 needs",
      "none of the base's tools but git: no compilers, no httpd",
      "S3 uploads carry no checksum of the SDK's own unless the request needs one (two variables in the image): the sandbox's MinIO refuses them",
    ],
  },
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
