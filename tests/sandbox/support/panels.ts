import { indent, script } from "./sandbox";

/** Some panels look back five minutes, and a fast machine asks before a stack is that old. */
const patience = 360;

/** What every dashboard of the running services shows, whether Grafana runs or not. */
export function panelChecks(): void {
  it("has series for every query of every panel that the dashboards of its services would have", () => {
    const unseen = "tests/rendered/metric-names/elsewhere.json";
    const { stdout } = script("panels.ts", "--stack", "sandbox", "--unseen", unseen, "--patience", `${patience}`);
    console.log(indent(stdout));
  });
}
