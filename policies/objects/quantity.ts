/**
 * Kubernetes quantities as the API server reads them (apimachinery `resource.Quantity`): a decimal number with a
 * decimal suffix (n u m k M G T P E), a binary one (Ki Mi Gi Ti Pi Ei) or an exponent. Exact, rounded up as there.
 */
const exponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binaries = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** Thousandths, rounded away from zero; undefined when the text is no quantity. */
export function milli(quantity: string | number): bigint | undefined {
  const match = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]?|[eE][+-]?\d{1,2})$/.exec(String(quantity));
  if (!match) return undefined;
  const [, sign = "", digits = "", suffix = ""] = match;
  const [whole = "", fraction = ""] = digits.split(".");
  let numerator = BigInt(whole + fraction);
  let exponent = 3 - fraction.length;
  if (binaries.includes(suffix)) numerator <<= BigInt(10 * (binaries.indexOf(suffix) + 1));
  else exponent += exponents[suffix] ?? Number(suffix.slice(1));
  const scale = 10n ** BigInt(Math.abs(exponent));
  const value = exponent >= 0 ? numerator * scale : (numerator + scale - 1n) / scale;
  return sign === "-" ? -value : value;
}

/** CPU in millicores. Absent is 0; what is no quantity throws. */
export const millicores = (quantity: string | number | undefined): number => Number(required(quantity));

/** Memory or disk in bytes, rounded up. Absent is 0; what is no quantity throws. */
export const bytes = (quantity: string | number | undefined): number => Number((required(quantity) + 999n) / 1000n);

function required(quantity: string | number = 0): bigint {
  const value = milli(quantity);
  if (value === undefined) throw new Error(`"${quantity}" is no Kubernetes quantity such as 500m, 2 or 1.5Gi`);
  return value;
}
