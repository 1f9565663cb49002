import * as pulumi from "@pulumi/pulumi";
import { authorityFile } from "../../core/certificates";
import type { Handle } from "../../core/service";
import { filesFrom, type Mount, type Source } from "../../core/sources";

/** How services reach MLflow. */

/** A login of MLflow, with which all experiments, runs and models are read and written, and artifacts through MLflow itself. */
export interface MlflowAccess extends Handle {
  /** The tracking URI, which is the registry's as well. Certificate of the platform's authority. */
  readonly url: string;
  /** Secret in the owner's namespace: `username`, `password`, and both in the file that MLflow's client reads, `credentials`. */
  readonly credentials: Source;
}

/** The values of a login's Secret. */
export const login = (username: string, password: pulumi.Output<string>) => ({
  username,
  password,
  credentials: pulumi.interpolate`[mlflow]\nmlflow_tracking_username = ${username}\nmlflow_tracking_password = ${password}\n`,
});

/** Nothing is told to the makers of MLflow. */
export const quiet = { MLFLOW_DISABLE_TELEMETRY: "true", DO_NOT_TRACK: "true" } as const;

/** Variables with which MLflow's client finds the server. The container must mount the platform's authority. */
export const clientEnvironment = ({ url }: Pick<MlflowAccess, "url">): Readonly<Record<string, string>> => ({
  ...quiet,
  // It would print addresses below the tracking URI, which no browser reaches.
  MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT: "true",
  MLFLOW_TRACKING_URI: url,
  MLFLOW_TRACKING_SERVER_CERT_PATH: authorityFile,
});

/** Name and password where MLflow's client looks for them. @param home the container's HOME */
export const clientLogin = ({ credentials }: Pick<MlflowAccess, "credentials">, home: string): Mount =>
  filesFrom(credentials, `${home}/.mlflow`, { credentials: "credentials" });
