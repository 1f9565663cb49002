import { type Finding, field, finder, finding, listAt, type Manifest, ofKind } from "../objects/manifest";
import { hasApiToken, type Workload, workloads } from "../objects/pods";

export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs?: readonly string[];
}

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

const rulesOf = (role: Manifest) => listAt<Rule>(role, "rules");
const subjectsOf = (binding: Manifest) => listAt<Subject>(binding, "subjects");
const bindingsOf = (manifests: readonly Manifest[]) => ofKind(manifests, "RoleBinding", "ClusterRoleBinding");
/** Verbs by which a right grows into others. */
const growing = ["escalate", "bind", "impersonate"];
/** Verbs that a rule's resourceNames do hold to the Secrets they name; `list` and `create` reach any. */
const byName = ["get", "patch", "update", "delete"];

/** The right to use an SCC: judged at admission, it needs no token; every other right does. */
export const isSccUse = ({ apiGroups = [], resources = [], verbs = [] }: Rule): boolean =>
  apiGroups.includes("security.openshift.io") &&
  resources.includes("securitycontextconstraints") &&
  verbs.includes("use");

/** Some right that is not known here: what a role of somebody else's gives. */
const foreign: Rule = {};

/** What the ServiceAccount of a workload may do, by the bindings of this stack. */
export function grantsOf(manifests: readonly Manifest[], { namespace, pod }: Workload): readonly Rule[] {
  return bindingsOf(manifests)
    .filter((binding) =>
      subjectsOf(binding).some(
        (s) => s.kind === "ServiceAccount" && s.name === pod.serviceAccountName && s.namespace === namespace,
      ),
    )
    .flatMap((binding) => {
      const role = roleOf(manifests, binding);
      return role ? rulesOf(role) : [foreign];
    });
}

function roleOf(manifests: readonly Manifest[], binding: Manifest): Manifest | undefined {
  const kind = field<string>(binding, "roleRef", "kind") ?? "";
  const namespace = kind === "Role" ? binding.metadata.namespace : undefined;
  return finder(manifests)(kind, namespace, field<string>(binding, "roleRef", "name"));
}

/**
 * Roles and bindings: what they name exists, rights are spelled out, Secrets by name, no ServiceAccount has rights that
 * its pods do not use, and no pod carries an API token without rights.
 */
export function rbac(manifests: readonly Manifest[]): Finding[] {
  const find = finder(manifests);
  const users = new Set(
    workloads(manifests)
      .filter(({ pod }) => hasApiToken(pod))
      .map(accountOf),
  );
  return [
    ...ofKind(manifests, "Role", "ClusterRole").flatMap(ruleProblems),
    ...bindingsOf(manifests).flatMap((binding) => [
      ...(roleOf(manifests, binding) || isNarrowBuiltIn(binding)
        ? []
        : [finding(binding, `binds ${roleName(binding)}, which is neither in this stack nor a narrow built-in role`)]),
      ...subjectsOf(binding)
        .filter(({ kind, name, namespace }) => kind !== "ServiceAccount" || !find(kind, namespace, name))
        .map(({ kind, name, namespace }) =>
          finding(binding, `subject ${kind} ${namespace ?? ""}/${name} is no ServiceAccount of this stack`),
        ),
    ]),
    ...workloads(manifests).flatMap((workload) =>
      tokenProblems(workload, grantsOf(manifests, workload), users.has(accountOf(workload))),
    ),
    ...ofKind(manifests, "ServiceAccount")
      .filter((account) => account.automountServiceAccountToken !== false)
      .map((account) => finding(account, "mounts API tokens into every pod; pods that need one say so themselves")),
  ];
}

/** OpenShift's, which reads its monitoring and nothing else. */
const narrow = ["cluster-monitoring-view"];

/** `system:image-puller` and the like; `admin`, `edit` or `cluster-admin` are wider than any service needs. */
const isNarrowBuiltIn = (binding: Manifest) => {
  const name = field<string>(binding, "roleRef", "name") ?? "";
  return field(binding, "roleRef", "kind") === "ClusterRole" && (name.startsWith("system:") || narrow.includes(name));
};

const roleName = (binding: Manifest) => `${field(binding, "roleRef", "kind")} ${field(binding, "roleRef", "name")}`;

function ruleProblems(role: Manifest): Finding[] {
  return rulesOf(role).flatMap((rule) => {
    const { apiGroups = [], resources = [], verbs = [] } = rule;
    const empty = [apiGroups, resources, verbs].some((words) => words.length === 0);
    return [
      ...(empty ? [finding(role, `has a rule without effect: ${JSON.stringify(rule)}`)] : []),
      ...([...apiGroups, ...resources, ...verbs].some((word) => word.includes("*"))
        ? [finding(role, `has a wildcard: ${JSON.stringify(rule)}`)]
        : []),
      ...growing.filter((verb) => verbs.includes(verb)).map((verb) => finding(role, `may "${verb}"`)),
      ...secretProblems(rule).map((problem) => finding(role, problem)),
    ];
  });
}

function secretProblems({ apiGroups = [], resources = [], resourceNames = [], verbs = [] }: Rule): string[] {
  if (!apiGroups.includes("") || !resources.includes("secrets")) return [];
  return [
    ...(resourceNames.length > 0 ? [] : ["resourceNames is missing in a rule on secrets: it means every Secret"]),
    ...verbs
      .filter((verb) => !byName.includes(verb))
      .map((verb) => `verbs has ${verb} on secrets, which no resourceNames hold back`),
  ];
}

const accountOf = ({ namespace, pod }: Workload) => `${namespace}/${pod.serviceAccountName}`;

/** @param used whether some pod of the ServiceAccount has a token: others may share the account and do without */
function tokenProblems({ manifest, pod, ends }: Workload, rules: readonly Rule[], used: boolean): Finding[] {
  const rights = rules.filter((rule) => !isSccUse(rule));
  if (hasApiToken(pod) && rights.length === 0)
    return [finding(manifest, "mounts an API token although its ServiceAccount has no rights")];
  if (!used && rights.some((rule) => rule !== foreign) && !ends)
    return [finding(manifest, "mounts no API token although its ServiceAccount has rights")];
  return [];
}
