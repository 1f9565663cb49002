import { createHash } from "node:crypto";
import { AwsV4Signer } from "aws4fetch";
import { authority, firstLine, type HttpResponse, request, type Server } from "./https";

/** S3, path-style, with signed requests and payloads. */

export interface S3Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** The server's refusal of a request. */
export class S3Error extends Error {
  constructor(
    message: string,
    readonly status: number,
    /** S3's code, such as `AccessDenied`; empty if the answer has none. */
    readonly code: string,
  ) {
    super(message);
  }
}

export interface S3Object {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

export class S3 {
  /** @param region default the platform's */
  constructor(
    private readonly server: Server,
    private readonly credentials: S3Credentials,
    private readonly region = "us-east-1",
  ) {}

  async put(bucket: string, key: string, body: string | Buffer): Promise<void> {
    await this.send("PUT", bucket, key, {}, body);
  }

  async get(bucket: string, key: string): Promise<string> {
    return (await this.send("GET", bucket, key)).text;
  }

  /** Deletes an object; one that is not there counts as deleted. */
  async delete(bucket: string, key: string): Promise<void> {
    await this.send("DELETE", bucket, key);
  }

  /** All objects whose key starts with the prefix. */
  async list(bucket: string, prefix: string): Promise<readonly S3Object[]> {
    const objects: S3Object[] = [];
    let token: string | undefined;
    do {
      const { text } = await this.send("GET", bucket, "", {
        "list-type": "2",
        prefix,
        // Keys then hold nothing that XML would escape.
        "encoding-type": "url",
        ...(token ? { "continuation-token": token } : {}),
      });
      for (const [entry] of text.matchAll(/<Contents>.*?<\/Contents>/gs)) {
        const key = decodeURIComponent(element(entry, "Key").replaceAll("+", " "));
        objects.push({ key, size: Number(element(entry, "Size")) });
      }
      token = element(text, "NextContinuationToken") || undefined;
    } while (token);
    return objects;
  }

  private async send(
    method: string,
    bucket: string,
    key: string,
    query: Readonly<Record<string, string>> = {},
    body?: string | Buffer,
  ): Promise<HttpResponse> {
    const url = new URL(`https://${authority(this.server)}`);
    url.pathname = `/${[bucket, ...key.split("/")].map(encodeURIComponent).join("/")}`;
    url.search = new URLSearchParams(query).toString();
    const signed = await new AwsV4Signer({
      method,
      url: url.href,
      headers: {
        "x-amz-content-sha256": createHash("sha256")
          .update(body ?? "")
          .digest("hex"),
      },
      accessKeyId: this.credentials.accessKey,
      secretAccessKey: this.credentials.secretKey,
      service: "s3",
      region: this.region,
    }).sign();
    const response = await request(this.server, {
      method,
      path: signed.url.pathname + signed.url.search,
      headers: Object.fromEntries(signed.headers),
      ...(body === undefined ? {} : { body }),
    });
    if (response.status >= 200 && response.status < 300) return response;
    const code = element(response.text, "Code");
    const reason = element(response.text, "Message") || firstLine(response.text);
    throw new S3Error(`S3: ${method} ${bucket}/${key}: ${response.status} ${code} ${reason}`, response.status, code);
  }
}

/** The text of the first such element; the empty text if there is none. */
const element = (xml: string, name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? "";
