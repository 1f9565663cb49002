import { renderStack } from "./scripts/lib/render";

(async () => {
  for (let i = 0; i < 3; i++) {
    const t = process.cpuUsage();
    const s = Date.now();
    await renderStack("ha");
    const u = process.cpuUsage(t);
    console.log("render", Date.now() - s, "cpu", (u.user + u.system) / 1000);
  }
})();
