import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** An alert as Alertmanager told it, with when it arrived (milliseconds). */
export interface Told {
  readonly at: number;
  /** The receiver that was told: the path of its URL. */
  readonly receiver: string;
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Whom Alertmanager tells by webhook, any number of receivers, each with a path of its own. It answers as long as this process
 * is free to: while a command is waited for synchronously, Alertmanager waits, gives up and tells it all again.
 */
export class AlertReceiver {
  /** All that arrived, in its order: a notification of two alerts is two. */
  readonly told: Told[] = [];
  private readonly server = http.createServer((request, response) => {
    this.take(request).then(
      () => response.end(),
      (error: Error) => response.writeHead(400).end(error.message),
    );
  });

  private constructor(private readonly address: string) {}

  /** Listens on a free port. */
  static async at(address: string): Promise<AlertReceiver> {
    const receiver = new AlertReceiver(address);
    receiver.server.listen(0, address);
    await once(receiver.server, "listening");
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(receiver: string): string {
    return `http://${this.address}:${this.port}/${receiver}`;
  }

  /** What a receiver was told of alerts of one name, or of all. */
  of(receiver: string, alert?: string, status?: Told["status"]): readonly Told[] {
    return this.told.filter(
      (each) =>
        each.receiver === receiver &&
        (alert === undefined || each.labels.alertname === alert) &&
        (status === undefined || each.status === status),
    );
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }

  private async take(request: http.IncomingMessage): Promise<void> {
    const { alerts } = JSON.parse(await text(request)) as { readonly alerts: readonly Omit<Told, "at" | "receiver">[] };
    const [at, receiver] = [Date.now(), (request.url ?? "").slice(1)];
    for (const { status, labels, annotations } of alerts) {
      this.told.push({ at, receiver, status, labels, annotations });
    }
  }
}
