import type { Logged } from "./logql";

/** When each alert on logs must fire, and when it must not: lines, and how often each comes within the alert's window. */

type Lines = readonly (Logged & { readonly times: number })[];

interface LogCase {
  readonly fires: readonly Lines[];
  readonly silent: readonly Lines[];
}

const of = (app: string, container: string, detected_level: string, line: string, times: number) => ({
  labels: { namespace: "n", app, component: "c", container, detected_level },
  line,
  times,
});
const postgresql = (text: string) =>
  of("postgresql", "postgresql", "fatal", `2026-11-26 04:00:02.000 UTC [125] ${text}`, 1);
const login = (times: number) =>
  of(
    "keycloak",
    "keycloak",
    "warn",
    '{"level":"WARN","message":"type=\\"LOGIN_ERROR\\", error=\\"user_not_found\\""}',
    times,
  );
const mlflow = (text: string, times: number) =>
  of("mlflow", "mlflow", "warn", `2026/11/26 04:00:02 WARNING mlflow.server.fastapi_security: ${text}`, times);
const heap = (app: string) =>
  of(app, app, "error", "Terminating due to java.lang.OutOfMemoryError: Java heap space", 1);

export const logCases: Readonly<Record<string, LogCase>> = {
  ManyErrorsInLogs: {
    fires: [
      [of("trino", "trino", "error", "x", 1600)],
      [of("kafka", "kafka", "fatal", "x", 1000), of("kafka", "rack", "error", "x", 1000)],
    ],
    // Of two services, none of which writes so many; and lines that are no errors.
    silent: [
      [of("trino", "trino", "error", "x", 1000), of("kafka", "kafka", "error", "x", 1000)],
      [of("trino", "trino", "info", "error", 9000)],
    ],
  },
  JvmOutOfMemory: {
    fires: [[heap("trino")], [heap("kafka-connect")]],
    // Loki writes down what it is asked.
    silent: [
      [of("loki", "loki", "info", '{"query":"|= \\"java.lang.OutOfMemoryError\\""}', 50)],
      [of("trino", "trino", "error", "no memory", 5)],
    ],
  },
  KeycloakLoginsFail: {
    fires: [[login(60)]],
    silent: [[login(50)], [of("trino", "trino", "warn", "LOGIN_ERROR", 100)]],
  },
  MlflowRefusesRequests: {
    fires: [
      [mlflow("Rejected request with invalid Host header: mlflow:80", 20)],
      [mlflow("Blocked cross-origin request from https://elsewhere.example.com", 20)],
    ],
    silent: [
      [mlflow("Rejected request with invalid Host header: mlflow:80", 5)],
      [of("mlflow", "people", "info", "Blocked cross-origin request", 50)],
    ],
  },
  PostgresqlCannotWrite: {
    fires: [
      [postgresql("PANIC:  could not locate a valid checkpoint record")],
      [postgresql('ERROR:  could not extend file "base/5/1259": No space left on device')],
      [postgresql('ERROR:  could not write to file "base/pgsql_tmp/x": Input/output error')],
    ],
    silent: [
      [postgresql("ERROR:  could not serialize access due to concurrent update")],
      [of("postgresql", "pgbackrest", "error", "could not write x", 9)],
    ],
  },
};
