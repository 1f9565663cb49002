import * as fs from "node:fs";
import * as path from "node:path";

/** What is in the pods of projects' runs. Images have bash, coreutils, findutils, git, and Python in `/opt/<product>`. */

export interface ProjectPaths {
  /** What a run writes, gone with its pod. */
  readonly work: string;
  readonly project: string;
  readonly home: string;
  readonly scripts: string;
  readonly bundled: string;
  readonly git: string;
  readonly python: string;
}

export const projectPaths = (product: string): ProjectPaths => ({
  work: `/${product}`,
  project: `/${product}/project`,
  home: `/${product}/home`,
  scripts: `/etc/${product}-scripts`,
  bundled: `/etc/${product}-project`,
  git: `/etc/${product}-git`,
  python: `/opt/${product}/bin/python`,
});

/** Bash that fetches a project. */
export function projectScripts(product: string) {
  const paths = projectPaths(product);
  return {
    /** Each file of the ConfigMap once, without the folders that the kubelet keeps beside them. */
    copy: `
mkdir -p ${paths.project} ${paths.home}
cd ${paths.bundled}
find -L . -type f -not -path './..*' -exec cp --parents -L -t ${paths.project} {} +
`.trim(),

    /** A branch, a tag or a commit; a token is given to git as the answer to its question, and is in no address. */
    git: `
mkdir -p ${paths.project} ${paths.home}
cd ${paths.project}
export GIT_TERMINAL_PROMPT=0
if [ -e ${paths.git}/token ]; then
  printf '%s\\n' '#!/bin/sh' 'case "$1" in User*) echo token ;; *) cat ${paths.git}/token ;; esac' > ${paths.home}/askpass
  chmod 0700 ${paths.home}/askpass
  export GIT_ASKPASS=${paths.home}/askpass
fi
git init -q .
git fetch -q --depth 1 "$GIT_URL" "$GIT_REF"
git checkout -q FETCH_HEAD
echo "$GIT_URL $GIT_REF: $(git rev-parse HEAD)"
`.trim(),

    bundle: `
mkdir -p ${paths.project} ${paths.home}
${paths.python} ${paths.scripts}/fetch.py "projects/$BUNDLE" ${paths.project}
echo "$BUNDLE"
`.trim(),
  };
}

/** The folder of a project in a run's pod. @param directory inside what was fetched; default its root */
export const projectFolder = (product: string, directory: string | undefined): string =>
  path.posix.join(projectPaths(product).project, directory ?? "");

/** Python of every product's runs, by file name. */
export const sharedFiles = (product: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(filesOf(path.join(__dirname, "projects"))).map(([name, text]) => [
      name,
      text.replace("{product}", product),
    ]),
  );

/** All files below a folder, by their paths in it. */
export function filesOf(root: string): Readonly<Record<string, string>> {
  const files = fs
    .readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => fs.statSync(path.join(root, file)).isFile())
    .sort();
  return Object.fromEntries(files.map((file) => [file, fs.readFileSync(path.join(root, file), "utf8")]));
}

/** The name of a file in a ConfigMap, whose keys have no slashes. */
export const keyOfFile = (file: string): string => file.replaceAll("/", "_");
