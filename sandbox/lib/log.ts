const start = Date.now();

/** An error with its cure: printed as two lines, never as a stack trace. */
export class SandboxError extends Error {
  constructor(
    message: string,
    readonly cure: string,
  ) {
    super(message);
  }
}

/** Stops with one message and what to do about it. */
export function fail(message: string, cure: string): never {
  throw new SandboxError(message, cure);
}

/** One line on stderr: stdout belongs to what a command answers. */
export function info(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** One progress line, with the time since this command began. */
export function step(text: string): void {
  info(`${elapsed(start).padStart(6)}  ${text}`);
}

/** Runs `work` and shows its elapsed time, every 10 seconds and at its end. */
export async function timed<T>(text: string, work: () => Promise<T>): Promise<T> {
  const since = Date.now();
  const ticker = setInterval(() => step(`${text} … ${elapsed(since)}`), 10_000);
  try {
    const result = await work();
    step(`${text} (${((Date.now() - since) / 1000).toFixed(1)} s)`);
    return result;
  } finally {
    clearInterval(ticker);
  }
}

/** `m:ss` since a time in milliseconds. */
function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
