import { type Command, InvalidArgumentError } from "commander";

/** What the commands over an installed stack share: exit codes, and the end of everything they started. */

/** The command line cannot be carried out as given. */
export class UsageError extends Error {}

const failed = 1;
const usage = 2;
const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Runs a command. Exit code 0 when `main` gives true, 1 when it gives false or fails, 2 for a wrong command line.
 * Messages go to stderr; stdout is the result only.
 */
export async function runCommand(command: Command, main: () => Promise<boolean>): Promise<void> {
  // An ordinary exit, so that open ports are closed.
  for (const [signal, number] of Object.entries(signals)) process.once(signal, () => process.exit(128 + number));
  try {
    command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : usage)).parse();
    process.exitCode = (await main()) ? 0 : failed;
  } catch (error) {
    console.error(`error: ${(error as Error).message}`);
    process.exitCode = error instanceof UsageError ? usage : failed;
  }
}

/** Parser of an option that is a list of words from a table. */
export const listOf =
  <T extends string>(allowed: readonly T[]) =>
  (text: string): readonly T[] =>
    text.split(",").map((word) => {
      const found = allowed.find((each) => each === word.trim());
      if (!found) throw new InvalidArgumentError(`"${word}" is none of: ${allowed.join(", ")}`);
      return found;
    });

/** Rows under upper-case headers, columns aligned; numbers to the right. */
export function table(headers: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const texts = [headers.map((header) => header.toUpperCase()), ...rows.map((row) => row.map(String))];
  const widths = headers.map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  const numeric = headers.map((_, column) => rows.every((row) => /^-?\d+(\.\d+)?$/.test(String(row[column]))));
  return texts
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return numeric[column] ? cell.padStart(width) : cell.padEnd(width);
        })
        .join("   ")
        .trimEnd(),
    )
    .join("\n");
}
