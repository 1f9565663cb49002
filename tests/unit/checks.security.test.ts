import { scc } from "../../policies/rules/scc";
import { standalone } from "../checks/standalone";
import { type Case, describeCheck, itFinds } from "./checks.runner";
import { changed, sample, sccFlags, without } from "./checks.sample";

/** What the seeded violations of the policy pack (tests/policy) do not show: objects that are missing. */
const pod = "spec.template.spec";

describeCheck("rbac", [
  ["an unknown Role", without("Role", "db"), /binds Role db/],
  ["a token without rights", without("RoleBinding", "db"), /has no rights/],
  ["a grant to another account", changed("RoleBinding", "db", "subjects.0.name", "db-init"), /db: mounts an API token/],
]);

describeCheck("availability", [["no budget", without("PodDisruptionBudget", "app"), /0 disruption budgets/]]);

describe("availability in standalone mode", () => {
  const alone = sample
    .filter(({ kind }) => kind !== "PodDisruptionBudget" && kind !== "StatefulSet")
    .filter(({ kind }) => kind !== "Deployment");
  itFinds(
    standalone,
    [
      ["a budget", sample, /exists in standalone mode/],
      ["spread", changed("Deployment", "app", `${pod}.affinity`, undefined), /app: is spread in standalone mode/],
      ["anti-affinity", changed("StatefulSet", "db", `${pod}.topologySpreadConstraints`, undefined), /db: is spread/],
    ],
    alone,
  );
});

describe("check of SCCs", () => {
  const wider = (key: string, value: unknown) => changed("SecurityContextConstraints", "t-stateful", key, value);
  itFinds(scc, [
    ["an SCC that is not there", without("SecurityContextConstraints", "t-stateful"), /not in this stack/],
    ["an SCC that pods may not use", without("ClusterRole", "t-stateful"), /may not use/],
    ["a grant of another SCC", changed("ClusterRole", "t-stateful", "rules.0.resourceNames", ["x"]), /may not use/],
    ["a volume that the SCC refuses", wider("volumes", ["configMap"]), /persistentVolumeClaim volume, which/],
    ["host paths", wider("volumes", ["configMap", "persistentVolumeClaim", "hostPath"]), /volumes has hostPath/],
    ["any volumes", wider("volumes", undefined), /volumes is missing/],
    ...sccFlags.map((flag): Case => [flag, wider(flag, true), new RegExp(`${flag} is true instead of false`)]),
    [
      "escalation left to the default",
      wider("allowPrivilegeEscalation", undefined),
      /allowPrivilegeEscalation is undefined/,
    ],
    ["any user", wider("runAsUser.type", "RunAsAny"), /runAsUser.type is RunAsAny instead of MustRunAsRange/],
    ["any file system group", wider("fsGroup.type", "RunAsAny"), /fsGroup.type is RunAsAny/],
    [
      "no word on groups",
      wider("supplementalGroups", undefined),
      /supplementalGroups.type is undefined instead of MustRunAs or RunAsAny/,
    ],
    ["no word on seccomp", wider("seccompProfiles", undefined), /seccompProfiles is missing/],
    ["any SELinux label", wider("seLinuxContext.type", "RunAsAny"), /seLinuxContext/],
    ["capabilities", wider("allowedCapabilities", ["SYS_ADMIN"]), /allowedCapabilities has SYS_ADMIN/],
    ["capabilities kept", wider("requiredDropCapabilities", ["KILL"]), /requiredDropCapabilities is KILL/],
    ["no seccomp", wider("seccompProfiles", ["*"]), /seccompProfiles has \*/],
    ["a priority", wider("priority", 5), /priority is 5/],
    ["users beside RBAC", wider("groups", ["system:authenticated"]), /groups has system:authenticated/],
  ]);
});
