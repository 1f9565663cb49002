const start = Date.now();
const running = new Map<symbol, { readonly text: string; readonly since: number }>();
let ticker: NodeJS.Timeout | undefined;

/** An error with its cure: printed as two lines, never as a stack trace. */
export class SandboxError extends Error {
  constructor(
    message: string,
    readonly cure: string,
  ) {
    super(message);
    this.name = "SandboxError";
  }
}

/** Stops with one message and what to do about it. */
export function fail(message: string, cure: string): never {
  throw new SandboxError(message, cure);
}

/** `m:ss` of a duration in milliseconds. */
export function clock(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** One line on stderr (stdout belongs to what a command answers), without disturbing running progress. */
export function info(text: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}\n` : `${text}\n`);
}

/** One progress line, with the time since this command began. */
export function step(text: string): void {
  info(`${clock(Date.now() - start).padStart(6)}  ${text}`);
}

/** Runs `work` and shows its elapsed time meanwhile: a live line on a terminal, otherwise one line per 10 seconds. */
export async function timed<T>(text: string, work: () => Promise<T>): Promise<T> {
  const id = Symbol(text);
  const since = Date.now();
  running.set(id, { text, since });
  ticker ??= setInterval(showRunning, process.stderr.isTTY ? 1_000 : 10_000);
  try {
    const result = await work();
    step(`${text} (${((Date.now() - since) / 1000).toFixed(1)} s)`);
    return result;
  } finally {
    running.delete(id);
    if (running.size === 0) {
      clearInterval(ticker);
      ticker = undefined;
    }
  }
}

function showRunning(): void {
  const texts = [...running.values()].map((entry) => `${entry.text} … ${clock(Date.now() - entry.since)}`);
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\x1b[K${texts.join(" | ").slice(0, (process.stderr.columns ?? 80) - 1)}`);
  } else {
    texts.forEach(step);
  }
}
