import { authority, firstLine, getJson, request, type Server } from "./https";

/** Loki over HTTP: lines in, lines out. */

/** A line with its labels, those beside the line (structured metadata) among them. */
export interface Line {
  readonly labels: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Writes a line of now. @throws Error unless Loki has taken it */
export async function pushLine(server: Server, { labels, text }: Line): Promise<void> {
  const path = "/loki/api/v1/push";
  const values = [[`${Date.now()}000000`, text]];
  const { status, text: answer } = await request(server, {
    method: "POST",
    path,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ streams: [{ stream: labels, values }] }),
  });
  if (status !== 204) throw new Error(`POST https://${authority(server)}${path}: ${status} ${firstLine(answer)}`);
}

interface Streams {
  readonly data: {
    readonly result: readonly {
      readonly stream: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [string, string])[];
    }[];
  };
}

/** The newest lines that a LogQL query finds. @param seconds how far it looks back */
export async function findLines(
  server: Server,
  query: string,
  seconds: number,
  limit: number,
): Promise<readonly Line[]> {
  const now = Date.now();
  const search = new URLSearchParams({
    query,
    start: `${now - seconds * 1000}000000`,
    end: `${now + 1000}000000`,
    limit: `${limit}`,
    direction: "backward",
  });
  const { data } = await getJson<Streams>(server, `/loki/api/v1/query_range?${search}`);
  return data.result.flatMap(({ stream, values }) => values.map(([, text]) => ({ labels: stream, text })));
}
