import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceName } from "../../../components/core/catalogue";
import type { Installation } from "./installation";

/** Whether a service does its work, found out by using it. */
export interface SmokeResult {
  readonly service: ServiceName;
  readonly ok: boolean;
  /** What was seen, or what went wrong. */
  readonly detail: string;
  readonly seconds: number;
}

export interface SmokeCheck {
  readonly service: ServiceName;
  run(installation: Installation): Promise<SmokeResult>;
}

/**
 * A check of a service.
 * @param prove uses the service through its own protocol and tells what it saw; throws at the first thing that is wrong.
 *   It leaves nothing behind in the service.
 */
export function smokeCheck(service: ServiceName, prove: (installation: Installation) => Promise<string>): SmokeCheck {
  return {
    service,
    async run(installation) {
      const start = performance.now();
      const seconds = () => Math.round((performance.now() - start) / 100) / 10;
      try {
        const detail = await prove(installation);
        return { service, ok: true, detail, seconds: seconds() };
      } catch (error) {
        return { service, ok: false, detail: (error as Error).message, seconds: seconds() };
      }
    },
  };
}

/** @throws Error saying what was expected of the service and what it did */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/**
 * Asks again every 3 s until there is an answer, for what is so a moment after its pods are ready.
 * @param patience milliseconds
 * @throws Error with the message when there is none by then
 */
export async function within<T>(patience: number, ask: () => Promise<T | undefined>, message: string): Promise<T> {
  for (const deadline = Date.now() + patience; ; await sleep(3000)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    expect(Date.now() < deadline, message);
  }
}

/** @throws Error unless the action fails in the expected way */
export async function refused(
  action: () => Promise<unknown>,
  expected: (error: unknown) => boolean,
  what: string,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (expected(error)) return;
    throw new Error(`${what} was to be refused, but failed otherwise: ${(error as Error).message}`);
  }
  throw new Error(`${what} was to be refused, but was allowed`);
}

/** Has checks that run side by side use one thing one after the other. */
export function takingTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Cleans up after work in any case. What is reported is the first thing that went wrong, not what followed from it. */
export async function cleaningUp<T>(cleanUp: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await cleanUp().catch(() => undefined);
    throw error;
  }
  await cleanUp();
  return result;
}
