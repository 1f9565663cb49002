/**
 * Kubernetes quantities as integers: CPU in millicores, memory and disk in bytes.
 * Written back in canonical form ("1", "500m", "2Gi"), because the API server stores that form
 * and anything else shows up as drift on `pulumi refresh`.
 */

const binary = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 } as const;

/** CPU in millicores; undefined when the text is no CPU quantity ("2", "500m", "1.5"). */
export function parseCpu(text: string): number | undefined {
  const match = /^(\d+(?:\.\d{1,3})?)(m?)$/.exec(text);
  if (!match) return undefined;
  const millicores = Number(match[1]) * (match[2] ? 1 : 1000);
  return Number.isInteger(millicores) && millicores > 0 ? millicores : undefined;
}

/** Bytes; undefined when the text is no binary quantity ("512Mi", "1.5Gi"). Decimal units are refused: JVMs and databases count in binary. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d{1,3})?)(Ki|Mi|Gi|Ti)$/.exec(text);
  if (!match) return undefined;
  const bytes = Number(match[1]) * binary[match[2] as keyof typeof binary];
  return Number.isInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** Canonical CPU: whole cores where possible. */
export function formatCpu(millicores: number): string {
  return millicores % 1000 === 0 ? `${millicores / 1000}` : `${millicores}m`;
}

/** Canonical bytes: the largest binary unit that divides them, down to Mi; smaller rests are rounded up to a whole Mi. */
export function formatBytes(bytes: number): string {
  const mebibytes = Math.ceil(bytes / binary.Mi);
  if (mebibytes % 2 ** 20 === 0) return `${mebibytes / 2 ** 20}Ti`;
  if (mebibytes % 2 ** 10 === 0) return `${mebibytes / 2 ** 10}Gi`;
  return `${mebibytes}Mi`;
}

/** A share of a memory quantity in whole mebibytes, rounded down: what configuration files of JVMs and databases take. */
export function mebibytes(memory: string, share = 1): number {
  const bytes = parseBytes(memory);
  if (bytes === undefined) throw new Error(`"${memory}" is no memory quantity`);
  return Math.floor((bytes * share) / binary.Mi);
}
