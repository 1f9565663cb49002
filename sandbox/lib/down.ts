import * as fs from "node:fs";
import * as path from "node:path";
import { bridge, removeNetwork } from "./network";
import { home, runDir, stateDir } from "./paths";
import { killAll, processes, read } from "./processes";
import { run } from "./run";
import { loadSandbox } from "./state";

/**
 * What containerd, the network plugins and the kubelets leave in folders that they share with others, by the folder,
 * with how to know ours. A socket that nobody listens on is of no use to anybody.
 */
const shared: Readonly<Record<string, (file: string) => boolean>> = {
  "/run/containerd/s": isDeadSocket,
  "/var/lib/cni/results": (file) => read(file).includes(`${runDir()}/`),
  "/var/log/containers": (file) => fs.lstatSync(file).isSymbolicLink() && isOurs(fs.readlinkSync(file)),
  "/var/lib/kubelet/device-plugins": (file) => isDeadSocket(path.join(path.dirname(file), "kubelet.sock")),
};

/** Whether anything of this sandbox is on the machine, running or left over. */
export function anythingLeft(): boolean {
  return (
    [stateDir(), runDir(), `/sys/class/net/${bridge}`].some((file) => fs.existsSync(file)) ||
    processes().some((entry) => entry.sandbox === stateDir())
  );
}

/**
 * Removes every trace of the sandbox from the machine, working from what is found and not from what should be there,
 * so that it also cleans up after a crash. The store stays, and so does the Pulumi passphrase.
 */
export async function down(): Promise<void> {
  const forwarding = loadSandbox()?.forwarding;
  await killAll();
  await unmountAll();
  await removeNetwork(forwarding);
  removeShared();
  removeCgroups();
  for (const folder of [runDir(), stateDir()]) fs.rmSync(folder, { recursive: true, force: true });
}

async function unmountAll(): Promise<void> {
  const ours = () => {
    const targets = read("/proc/mounts")
      .split("\n")
      .map((line) => (line.split(" ")[1] ?? "").replace(/\\040/g, " "));
    return targets.filter(isOurs).reverse(); // the later a mount, the deeper
  };
  if (ours().length === 0) return;
  // Lazily: a dying process may still hold one. And one may have gone by itself meanwhile.
  await run("umount", ["--lazy", ...ours()]).catch(() => {});
  // Nothing may be removed below a mount: it could be a folder of the machine's.
  if (ours().length > 0) throw new Error(`still mounted: ${ours().join(", ")}`);
}

function isOurs(file: string): boolean {
  return [runDir(), home()].some((folder) => file.startsWith(`${folder}/`));
}

function isDeadSocket(file: string): boolean {
  return !read("/proc/net/unix").includes(` ${file}\n`);
}

function removeShared(): void {
  for (const [folder, ours] of Object.entries(shared)) {
    if (!fs.existsSync(folder)) continue;
    const files = fs.readdirSync(folder).map((entry) => path.join(folder, entry));
    for (const file of files.filter(ours)) fs.rmSync(file, { recursive: true });
    [folder, path.dirname(folder)].forEach(removeUnused);
  }
}

/** Killed containers leave their control groups behind. */
function removeCgroups(): void {
  const remove = (dir: string) => {
    for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
      if (entry.isDirectory()) remove(path.join(dir, entry.name));
    }
    removeUnused(dir);
  };
  for (const [, root = ""] of read("/proc/mounts").matchAll(/^\S+ (\S+) cgroup2? /gm)) {
    const dir = path.join(root, "k8s.io");
    if (fs.existsSync(dir)) remove(dir);
  }
}

/** Removes a folder unless somebody still has something in it, or processes in the control group that it is. */
function removeUnused(dir: string): void {
  try {
    fs.rmdirSync(dir);
  } catch (error) {
    if (!["EBUSY", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
