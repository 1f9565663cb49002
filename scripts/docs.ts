import * as fs from "node:fs";
import * as path from "node:path";
import { pages } from "./lib/docs";
import { renderStack, root } from "./lib/render";

/** Writes the generated reference pages. */
async function main(): Promise<void> {
  for (const [file, text] of pages({ ha: await renderStack("ha"), standalone: await renderStack("standalone") })) {
    fs.mkdirSync(path.dirname(path.join(root, "docs", file)), { recursive: true });
    fs.writeFileSync(path.join(root, "docs", file), text);
    console.log(`docs/${file}`);
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
