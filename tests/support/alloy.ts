import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { goBinary } from "../../sandbox/lib/gobuild";
import { output } from "./tools";

/** A block of Alloy's configuration as its own parser reads it. */
export interface AlloyBlock {
  readonly name: string;
  readonly label: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly blocks: readonly AlloyBlock[];
}

/** Attributes that Alloy takes for regular expressions. */
const patterns = ["expression", "firstline", "regex"];

/** @throws Error with the parser's own words, line and column, or when a regular expression is none of Go's */
export async function parseAlloy(text: string): Promise<readonly AlloyBlock[]> {
  const program = await goBinary("alloy-syntax", { module: "alloy-syntax" });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "alloy-"));
  try {
    const file = path.join(folder, "config.alloy");
    fs.writeFileSync(file, text);
    return JSON.parse(await output(program, [file, ...patterns])) as readonly AlloyBlock[];
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** An attribute whose value Alloy finds out; undefined when it is stated. */
export const expressionOf = (value: unknown): string | undefined =>
  (value as { readonly expression?: string } | null)?.expression;
