import type { Handle, Service } from "../../core/service";
import type { Source } from "../../core/sources";

/** As much of MLflow as notebooks need: a login of its own for each service. */
export interface Tracking {
  access(owner: Service): TrackingAccess;
}

/** A login with which experiments and models are read and written. */
export interface TrackingAccess extends Handle {
  /** The tracking URI. Certificate of the platform's authority. */
  readonly url: string;
  /** Secret in the owner's namespace; key `credentials` is the file that MLflow's client reads. */
  readonly credentials: Source;
}
