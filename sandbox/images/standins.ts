import type { GoProgram } from "../lib/gobuild";
import { analytics } from "./standins/analytics";
import { control } from "./standins/control";
import { data } from "./standins/data";
import { infrastructure } from "./standins/infrastructure";
import { management } from "./standins/management";
import { storage } from "./standins/storage";

export { unavailable } from "./standins/unavailable";

/** What goes into an image, fetched by its registry's ordinary client; a wrong checksum stops the build. */
export type Download =
  | { readonly maven: string; readonly sha256: string }
  /** A wheel for that version of Python, default trixie's; or, where nobody publishes one, the source archive. */
  | { readonly pypi: string; readonly sha256: string; readonly python?: "3.11"; readonly source?: true }
  /**
   * The wheels that a requirements file names with their checksums; the checksum is that of `sha256sum *` over them.
   * `python` is the version that they are for, default trixie's.
   */
  | { readonly requirements: string; readonly sha256: string; readonly python?: "3.11" }
  /** A folder beside this file with a package.json and a lock, whose checksums npm holds to: `node_modules`. */
  | { readonly npm: string }
  /** All that a POM beside this file needs at run time; the checksum is that of `sha256sum *` over the jars. */
  | { readonly pom: string; readonly sha256: string }
  /** Built under the name of its key; checked against the module's go.sum, or its own checksum. */
  | { readonly go: GoProgram };

/** How an image of the catalogue is built where it cannot be pulled, and how it differs from the official one. */
export interface StandIn {
  /** Folder beside this file with the Containerfile. */
  readonly folder: string;
  /** Folder of the image that it is based on: one of these, or a stand-in's further up. */
  readonly base: "trixie" | "busybox" | "jdk21" | "jdk25" | "kafka";
  /** Mounted at `/mnt/<key>` while the Containerfile runs. */
  readonly downloads: Readonly<Record<string, Download>>;
  /** The products in it. Debian's move with its stable release ("or newer"), checked by its signatures; all others are exact. */
  readonly contains: readonly { readonly product: string; readonly version: string; readonly from: string }[];
  /** Only where the image's product cannot be had: what stands in for it, and what that proves and what not. */
  readonly anotherProduct?: string;
  /** What somebody who knows the official image could notice, versions aside. */
  readonly differences: readonly string[];
}

/** The stand-ins by the exact name under which pods ask for the image; each after the one that it is based on. */
export const standIns: Readonly<Record<string, StandIn>> = {
  ...storage,
  ...control,
  ...data,
  ...analytics,
  ...infrastructure,
  ...management,
};

/** A product of which no program can be had where images cannot be pulled, nor another that speaks for it. */
export interface Unavailable {
  /** Why it cannot be had. */
  readonly reason: string;
  /** How its configuration is checked instead. */
  readonly instead: string;
}
