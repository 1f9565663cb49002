import * as path from "node:path";
import { filesOf, sharedFiles } from "../../components/core/project-scripts";
import { runScript } from "./scripts";

/** Python of projects' runs, with an object store, Great Expectations and Trino's client of the tests' own. */

interface Put {
  readonly key: string;
  readonly type?: string;
  readonly body?: string;
  readonly deleted?: boolean;
}

/**
 * @param call the script and its arguments
 * @param scripts those of the product, by file name
 * @param files by their paths in the folder that it runs in
 */
export async function runPython(
  call: string,
  scripts: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
) {
  const fakes = Object.entries(filesOf(path.join(__dirname, "python")))
    .filter(([name]) => name.endsWith(".py"))
    .map(([name, text]) => [`python/${name}`, text] as const);
  const own = Object.entries({ ...sharedFiles("test"), ...scripts }).map(
    ([name, text]) => [`scripts/${name}`, text] as const,
  );
  const script = `export PYTHONPATH="$FOLDER/python" PYTHONDONTWRITEBYTECODE=1\ncd "$FOLDER"\npython3 scripts/${call}`;
  const ran = await runScript(
    script,
    { ...Object.fromEntries([...fakes, ...own]), ...files },
    {
      S3_ENDPOINT: "https://minio:9000",
      S3_REGION: "us-east-1",
      S3_ACCESS_KEY: "a",
      S3_SECRET_KEY: "s",
      CA_FILE: "/etc/platform-ca/ca.crt",
      PROJECT: "shop",
      ...env,
    },
  );
  const put = (ran.file("put") ?? "")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Put);
  return { ...ran, put, of: (key: string) => put.find((each) => each.key === key)?.body };
}
