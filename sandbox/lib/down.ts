import * as fs from "node:fs";
import * as path from "node:path";
import { waitUntil } from "./health";
import { bridge, removeNetwork } from "./network";
import { runDir, stateDir, storeDir } from "./paths";
import { containerProcesses, processes, read } from "./processes";
import { run } from "./run";
import { loadSandbox } from "./state";

/**
 * What containerd, the network plugins and the kubelets leave in folders that they share with others, by the folder,
 * with how to know ours. A socket that nobody listens on is of no use to anybody.
 */
const shared: Readonly<Record<string, (file: string) => boolean>> = {
  "/run/containerd/s": isDeadSocket,
  "/var/lib/cni/results": (file) => read(file).includes(`${runDir()}/`),
  "/var/log/containers": (file) => fs.lstatSync(file).isSymbolicLink() && isBelow([stateDir()], fs.readlinkSync(file)),
  "/var/lib/kubelet/device-plugins": (file) => isDeadSocket(path.join(path.dirname(file), "kubelet.sock")),
};

/** Whether anything of this sandbox is on the machine, running or left over. */
export function anythingLeft(): boolean {
  const places = [stateDir(), runDir(), `/sys/class/net/${bridge}`];
  return places.some((file) => fs.existsSync(file)) || ownProcesses().length > 0;
}

/**
 * Removes every trace of the sandbox from the machine, working from what is found and not from what should be there,
 * so that it also cleans up after a crash. The store stays, and so does the Pulumi passphrase.
 */
export async function down(): Promise<void> {
  const kernel = loadSandbox()?.kernel ?? {};
  await killAll(() => ownProcesses());
  await unmountAll([runDir(), stateDir(), storeDir()]);
  await removeNetwork(kernel);
  removeShared();
  removeCgroups();
  for (const folder of [runDir(), stateDir()]) fs.rmSync(folder, { recursive: true, force: true });
}

/** The ids of everything that this sandbox runs, or one of its nodes does, containers included. */
export function ownProcesses(node?: string): number[] {
  const [suffix, folder] = node ? [`-${node}`, stateDir("nodes", node)] : ["", stateDir()];
  const started = processes().filter(({ name, sandbox }) => sandbox === stateDir() && name.endsWith(suffix));
  return [...started.map(({ pid }) => pid), ...containerProcesses(folder)];
}

/** Kills what `find` finds until it finds nothing. */
export function killAll(find: () => readonly number[]): Promise<void> {
  return waitUntil("processes end", "Look at what they wait for, then run it again.", async () => {
    const pids = find().map(String);
    if (pids.length > 0) await run("kill", ["-KILL", ...pids]).catch(() => {}); // some have ended by themselves meanwhile
    return pids.length > 0 ? `left: ${pids.join(", ")}` : "ok";
  });
}

/** Unmounts all that is mounted below these folders. */
export async function unmountAll(folders: readonly string[]): Promise<void> {
  await waitUntil("mounts go", "Look at /proc/mounts, then run it again.", async () => {
    const mounts = [...read("/proc/mounts").matchAll(/^\S+ (\S+)/gm)];
    const targets = mounts.map(([, target = ""]) => target.replace(/\\040/g, " "));
    const ours = targets.filter((target) => isBelow(folders, target)).reverse(); // the later a mount, the deeper
    // Lazily: a dying process may still hold one. And one may have gone by itself meanwhile.
    if (ours.length > 0) await run("umount", ["--lazy", ...ours]).catch(() => {});
    return ours.length > 0 ? `left: ${ours.join(", ")}` : "ok";
  });
}

function isBelow(folders: readonly string[], file: string): boolean {
  return folders.some((folder) => file.startsWith(`${folder}/`));
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
  for (const [, root = ""] of read("/proc/mounts").matchAll(/^\S+ (\S+) cgroup2? /gm)) {
    const dir = path.join(root, "k8s.io");
    if (!fs.existsSync(dir)) continue;
    const entries = fs.readdirSync(dir, { recursive: true, withFileTypes: true });
    const below = entries.flatMap((entry) => (entry.isDirectory() ? [path.join(entry.parentPath, entry.name)] : []));
    [dir, ...below].reverse().forEach(removeUnused); // a folder is listed before what is in it
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
