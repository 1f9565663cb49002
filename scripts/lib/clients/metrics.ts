/** Metrics as exporters show them, in Prometheus' text format. */

const timeout = 30_000;

/**
 * The values of a metric, one for each of its series that has these labels; none where it is not there.
 * @param port on 127.0.0.1
 * @param path with its query, such as `/metrics`
 * @throws Error when there is no such page, or no answer within 30 s
 */
export async function metric(
  port: number,
  path: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<readonly number[]> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(timeout) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 200).trim()}`);
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text.split("\n").flatMap((line) => {
    const [, found, given = "", value] = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return found === name && wanted.every((label) => `,${given},`.includes(`,${label},`)) ? [Number(value)] : [];
  });
}
