import * as assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import type { ServerResponse } from "node:http";
import { S3, S3Error } from "../../scripts/lib/clients/s3";
import { type Request, tlsServer } from "./smoke.support";

const host = "minio.test-storage.svc.cluster.local";
const keys = { accessKey: "nessie-lakehouse", secretKey: "s3cret+/=" };

/** The signature a request must have, by the rules of Signature Version 4 and none of the client's code. */
function signature({ method, url, headers, body }: Request, secretKey: string): string {
  const { pathname, searchParams } = new URL(url, `https://${host}`);
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const sha = (text: string) => createHash("sha256").update(text).digest("hex");
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const [, scope = "", signed = ""] =
    /Credential=[^/]+\/(\S+), SignedHeaders=(\S+),/.exec(headers.authorization ?? "") ?? [];
  const canonical = [
    method,
    pathname
      .split("/")
      .map((part) => encode(decodeURIComponent(part)))
      .join("/"),
    [...searchParams]
      .map(([key, value]) => `${encode(key)}=${encode(value)}`)
      .sort()
      .join("&"),
    ...signed.split(";").map((name) => `${name}:${headers[name]}`),
    "",
    signed,
    sha(body),
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha(canonical)].join("\n");
  const key = scope.split("/").reduce<string | Buffer>((last, part) => hmac(last, part), `AWS4${secretKey}`);
  return createHmac("sha256", key).update(text).digest("hex");
}

/** A store that checks signatures and then does what the test says. */
async function against(
  respond: (request: Request, response: ServerResponse) => void,
  use: (s3: S3, fake: Awaited<ReturnType<typeof tlsServer>>) => Promise<void>,
): Promise<void> {
  const fake = await tlsServer(host, (request, response) => {
    if (request.headers.authorization?.endsWith(`Signature=${signature(request, keys.secretKey)}`)) {
      respond(request, response);
    } else {
      response.statusCode = 403;
      response.end("<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>");
    }
  });
  try {
    await use(new S3(fake.server, keys), fake);
  } finally {
    await fake.close();
  }
}

describe("S3 client", () => {
  it("signs requests and payloads", async () => {
    const objects = new Map<string, string>();
    await against(
      ({ method, url, body, headers }, response) => {
        assert.match(
          headers.authorization ?? "",
          /^AWS4-HMAC-SHA256 Credential=nessie-lakehouse\/\d{8}\/us-east-1\/s3\/aws4_request, /,
        );
        assert.match(headers.authorization ?? "", /SignedHeaders=host;x-amz-content-sha256;x-amz-date,/);
        assert.equal(headers["x-amz-content-sha256"], createHash("sha256").update(body).digest("hex"));
        if (method === "PUT") objects.set(url, body);
        response.end(method === "GET" ? objects.get(url) : "");
        if (method === "DELETE") objects.delete(url);
      },
      async (s3) => {
        const key = "smoke/a key+with (odd) 'characters'/é";
        await s3.put("lakehouse", key, "content ✓");
        assert.deepEqual([...objects.keys()].map(decodeURIComponent), [`/lakehouse/${key}`]);
        assert.equal(await s3.get("lakehouse", key), "content ✓");
        await s3.delete("lakehouse", key);
        assert.equal(objects.size, 0);
      },
    );
  });

  it("is refused with a wrong key, and says so with S3's code", () =>
    against(
      (_, response) => response.end(),
      async (_, { server }) => {
        await assert.rejects(new S3(server, { ...keys, secretKey: "wrong" }).get("lakehouse", "a"), (error) => {
          assert.ok(error instanceof S3Error);
          assert.equal(error.status, 403);
          assert.equal(error.code, "SignatureDoesNotMatch");
          assert.equal(error.message, "S3: GET lakehouse/a: 403 SignatureDoesNotMatch no");
          return true;
        });
      },
    ));

  it("lists every page, whatever the keys hold", () => {
    const page = (key: string, more: string) =>
      `<?xml version="1.0"?><ListBucketResult><Contents><Key>${key}</Key><Size>7</Size></Contents>${more}</ListBucketResult>`;
    return against(
      ({ url }, response) => {
        const { searchParams } = new URL(url, `https://${host}`);
        assert.equal(searchParams.get("prefix"), "warehouse/tpch/");
        response.end(
          searchParams.get("continuation-token") === "a+b/c="
            ? page("warehouse/tpch/last", "<IsTruncated>false</IsTruncated>")
            : page("warehouse/tpch/day%3D1+%26%2B", "<NextContinuationToken>a+b/c=</NextContinuationToken>"),
        );
      },
      async (s3) =>
        assert.deepEqual(await s3.list("lakehouse", "warehouse/tpch/"), [
          { key: "warehouse/tpch/day=1 &+", size: 7 },
          { key: "warehouse/tpch/last", size: 7 },
        ]),
    );
  });
});
