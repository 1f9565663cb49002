import { browserChecks } from "./6-browser.checks";
import { ownSandbox, pulumi } from "./support";

describe("a browser", () => {
  ownSandbox("--nodes", "1");
  before(() => {
    pulumi("up", "--stack", "sandbox", "--yes", "--skip-preview");
  });
  browserChecks();
});
