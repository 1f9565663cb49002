import { randomUUID } from "node:crypto";
import { request, type Server } from "../clients/https";
import { S3, S3Error } from "../clients/s3";
import { cleaningUp, expect, refused, smokeCheck } from "./check";
import type { Grant } from "./installation";

/** MinIO: it has its write quorum, and a bucket's user can do everything in its own bucket and nothing elsewhere. */
export const check = smokeCheck("minio", async (installation) => {
  const buckets = await installation.grants("bucket");
  return installation.connect("minio", 9000, async (server) => {
    const health = await request(server, { path: "/minio/health/cluster" });
    expect(health.status === 200, `/minio/health/cluster: ${health.status} instead of 200: no write quorum`);
    const quorum = health.headers["x-minio-write-quorum"];
    const healthy = quorum ? `healthy, write quorum ${quorum}` : "healthy";
    const own = buckets.find(({ name }) => name === "lakehouse") ?? buckets[0];
    if (!own) return `${healthy}; no service has a bucket`;
    const other = buckets.find(({ name }) => name !== own.name)?.name ?? `not-${own.name}`;
    await roundTrip(server, own, other);
    return `${healthy}; ${own.owner} wrote, read and deleted in ${own.name}, is refused in ${other} and with a wrong key`;
  });
});

async function roundTrip(server: Server, { name: bucket, values }: Grant, other: string): Promise<void> {
  const { accessKey = "", secretKey = "" } = values;
  const s3 = new S3(server, { accessKey, secretKey });
  const key = `smoke/${randomUUID()}`;
  const content = `written by a smoke check: ${key}`;
  const cleanUp = async () => {
    // There only if it was not refused.
    await s3.delete(other, key).catch(() => undefined);
    await s3.delete(bucket, key);
  };
  await cleaningUp(cleanUp, async () => {
    await s3.put(bucket, key, content);
    const read = await s3.get(bucket, key);
    expect(read === content, `${bucket}/${key}: read back something else than was written`);
    const listed = await s3.list(bucket, key);
    expect(listed.length === 1 && listed[0]?.size === content.length, `${bucket}/${key}: not in the bucket's list`);
    await refused(() => s3.put(other, key, content), denied("AccessDenied"), `writing to bucket ${other}`);
    await refused(() => s3.list(other, ""), denied("AccessDenied"), `listing bucket ${other}`);
    const stranger = new S3(server, { accessKey, secretKey: `${secretKey}-wrong` });
    await refused(() => stranger.get(bucket, key), denied("SignatureDoesNotMatch"), "a wrong secret key");
  });
  await refused(
    () => s3.get(bucket, key),
    (error) => error instanceof S3Error && error.status === 404,
    "reading what was deleted",
  );
}

const denied =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof S3Error && error.status === 403 && error.code === code;
