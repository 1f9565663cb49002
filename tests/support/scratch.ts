import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { root } from "../../scripts/lib/render";

/** A text in a file of the program and what it is replaced by. */
export interface Replacement {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A copy of the checkout, without the golden manifests, to break on purpose. The caller removes it. */
export function scratchCopy(): string {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "scratch-"));
  const files = ["ls-files", "--cached", "--others", "--exclude-standard", "--exclude", "node_modules"];
  const listed = spawnSync("git", files, { cwd: root, encoding: "utf8" });
  for (const file of listed.stdout.trim().split("\n")) {
    if (file.startsWith("tests/golden/") || !fs.existsSync(path.join(root, file))) continue;
    fs.mkdirSync(path.dirname(path.join(scratch, file)), { recursive: true });
    fs.copyFileSync(path.join(root, file), path.join(scratch, file));
  }
  fs.symlinkSync(path.join(root, "node_modules"), path.join(scratch, "node_modules"));
  return scratch;
}

/** Makes a replacement in a copy. @throws when the text is not there exactly once @returns what undoes it */
export function replaceIn(scratch: string, { file, from, to }: Replacement): () => void {
  const target = path.join(scratch, file);
  const text = fs.readFileSync(target, "utf8");
  const times = text.split(from).length - 1;
  if (times !== 1) throw new Error(`${JSON.stringify(from)} is ${times} times in ${file}`);
  fs.writeFileSync(
    target,
    text.replace(from, () => to),
  );
  return () => fs.writeFileSync(target, text);
}
