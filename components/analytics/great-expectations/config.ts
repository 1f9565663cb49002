import * as fs from "node:fs";
import * as path from "node:path";
import { type LogsSpec, plainLines } from "../../core/logs";
import { filesOf, projectPaths } from "../../core/project-scripts";

/** Files of Great Expectations' runs: what runs a project's checkpoints, and the platform's demonstration. */

export const product = "gx";
/** Where runs have what; `trino` is who they are there. */
export const paths = { ...projectPaths(product), trino: "/etc/gx-trino" };

/** Where results go, below the catalog of the lakehouse; the table is in `outcome.py`. */
export const catalog = "iceberg";
export const schema = "data_quality";

/** Objects with their level inside. */
export const logs: LogsSpec = plainLines;

/** It publishes also what failed: that is when somebody looks. */
export const runScript = `exec ${paths.python} ${paths.scripts}/validate.py "$PROJECT_DIR"`;

/** Python of a run, by file name. */
export const scriptFiles = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ["outcome.py", "results.py", "validate.py"].map((file) => [
      file,
      fs.readFileSync(path.join(__dirname, file), "utf8"),
    ]),
  );

/** The demonstration's files, by their paths in the project. */
export const demonstration = (): Readonly<Record<string, string>> => filesOf(path.join(__dirname, "demo"));
