import * as assert from "node:assert/strict";
import { closed } from "../../scripts/lib/smoke/kafka-ui";
import { tlsServer } from "./smoke.support";

interface Answer {
  readonly status: number;
  readonly location?: string;
  readonly body?: string;
}

/** Kafka-UI as strangers see it, with some answers of its own. */
async function seen(answers: Readonly<Record<string, Answer>> = {}): Promise<void> {
  const all: Readonly<Record<string, Answer>> = {
    "/login": { status: 200, body: "<!doctype html><html></html>" },
    "/api/clusters": { status: 302, location: "/login" },
    "/actuator/prometheus": { status: 404 },
    ...answers,
  };
  const fake = await tlsServer("kafka-ui.test-management.svc.cluster.local", ({ url }, response) => {
    const { status, location, body = "" } = all[url] ?? { status: 404 };
    response.writeHead(status, location === undefined ? {} : { location }).end(body);
  });
  try {
    await closed(fake.server);
  } finally {
    await fake.close();
  }
}

describe("Kafka-UI's check", () => {
  it("takes a login page, or the way to Keycloak, as closed", async () => {
    await seen();
    await seen({ "/api/clusters": { status: 302, location: "/oauth2/authorization/keycloak" } });
    await seen({ "/api/clusters": { status: 401 } });
  });

  it("finds what is open to strangers", async () => {
    await assert.rejects(seen({ "/api/clusters": { status: 200, body: "[]" } }), /to be refused: 200/);
    await assert.rejects(seen({ "/api/clusters": { status: 302, location: "/ui" } }), /to be refused: 302/);
    await assert.rejects(seen({ "/actuator/prometheus": { status: 200 } }), /metrics are public/);
  });

  it("finds a missing page", () =>
    assert.rejects(seen({ "/login": { status: 200, body: "Missing index.html" } }), /GET \/login: 200/));
});
