import { getJson } from "../clients/https";
import { expect, smokeCheck } from "./check";

interface NessieConfig {
  readonly defaultBranch: string;
  readonly specVersion: string;
}

interface Reference {
  readonly reference: { readonly type: string; readonly name: string; readonly hash: string };
}

interface IcebergConfig {
  readonly defaults?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
}

/** Nessie: its own API knows branch `main`, and its Iceberg REST API lists namespaces there, both out of PostgreSQL. */
export const check = smokeCheck("nessie", (installation) =>
  installation.connect("nessie", 19120, async (server) => {
    const { defaultBranch, specVersion } = await getJson<NessieConfig>(server, "/api/v2/config");
    expect(defaultBranch === "main", `the default branch is ${defaultBranch} instead of main`);
    const { reference } = await getJson<Reference>(server, `/api/v2/trees/${defaultBranch}`);
    expect(reference.type === "BRANCH", `${defaultBranch} is a ${reference.type} instead of a branch`);
    const { defaults, overrides } = await getJson<IcebergConfig>(server, "/iceberg/v1/config");
    const prefix = { ...defaults, ...overrides }.prefix;
    expect(prefix !== undefined, "/iceberg/v1/config names no prefix");
    const { namespaces } = await getJson<{ namespaces: readonly unknown[] }>(
      server,
      `/iceberg/v1/${encodeURIComponent(prefix)}/namespaces`,
    );
    const at = `${defaultBranch} at ${reference.hash.slice(0, 8)}`;
    return `Nessie API ${specVersion}, ${at}; namespaces over Iceberg REST: ${namespaces.length}`;
  }),
);
