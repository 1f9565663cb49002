import { execFile } from "node:child_process";
import { imageReference, type PublishedImage } from "../../components/core/images";
import { standIns } from "../../sandbox/images/standins";
import { goBinary } from "../../sandbox/lib/gobuild";

/** A program of a product's own, as the sandbox builds it for the product's image: minutes at the first time, then kept. */
export function tool(image: PublishedImage, name: string): Promise<string> {
  const download = standIns[imageReference(image, { mirrors: {}, overrides: {} })]?.downloads[name];
  if (!download || !("go" in download))
    throw new Error(`the stand-in of ${image} has no program ${name} from a Go module`);
  return goBinary(name, download.go);
}

/** What a program says, on both channels. @throws Error with all of it when it fails */
export function output(program: string, args: readonly string[], cwd?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(" ")}:\n${stdout}${stderr}`));
      else resolve(stdout + stderr);
    });
  });
}
