import type { StandIn } from "../standins";
import { debian } from "./debian";

/** Of the services in components/analytics. */
export const analytics: Readonly<Record<string, StandIn>> = {
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
      { product: "Python", version: "3.13", from: debian },
    ],
    differences: [
      "Debian and Python 3.13 instead of UBI and Python 3.12; the packages are those of the platform's own image, by the same file",
      "none of the base's tools but git: no compilers, no httpd",
      "S3 uploads carry no checksum of the SDK's own unless the request needs one (two variables in the image): the sandbox's MinIO refuses them",
    ],
  },
};
