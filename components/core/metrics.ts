import type { ServiceName } from "./catalogue";
import type { Endpoint } from "./flows";

/** Where a container shows its metrics, in Prometheus' text format. */
export interface MetricsSpec {
  /** Name of the container port that serves them. */
  readonly port: string;
  /** Default `/metrics`. */
  readonly path?: string;
  /** Parameters of the request, for what can be asked about several things. Default none. */
  readonly params?: Readonly<Record<string, readonly string[]>>;
  /** Served under the service's certificate, of the platform's authority. Default plain, fenced by NetworkPolicy. */
  readonly tls?: boolean;
  /** Name of the scrape job, default the service's: for what tells something else than the rest of the service. */
  readonly job?: string;
  /** Kubernetes Service behind which any pod answers for all; default each pod is asked. */
  readonly throughService?: string;
  /** Served to whoever logs in as Prometheus: for ports that people reach, too. See `Prometheus.scraper`. */
  readonly login?: boolean;
  /** Whether it speaks of others: then the labels it gives are kept, and none are added. */
  readonly ofOthers?: boolean;
  /** Seconds between two scrapes. Default 30. */
  readonly interval?: number;
}

/** One scrape job: pods of one service that show the same metrics in the same way. */
export interface MetricsJob {
  readonly name: string;
  readonly service: ServiceName;
  readonly spec: MetricsSpec;
  readonly endpoints: readonly Endpoint[];
}

/**
 * The record of what can be scraped. It is filled while workloads are made, and is the one source of scrape jobs, of the
 * flows to them, and of the alerts that say that something does not answer.
 */
export class Metrics {
  private readonly recorded = new Map<string, MetricsJob>();

  add(service: ServiceName, spec: MetricsSpec, endpoint: Endpoint): void {
    const name = spec.job ?? service;
    const known = this.recorded.get(name);
    if (known && JSON.stringify([known.service, known.spec]) !== JSON.stringify([service, spec])) {
      throw new Error(`metrics of job ${name} are declared in two ways`);
    }
    this.recorded.set(name, { name, service, spec, endpoints: [...(known?.endpoints ?? []), endpoint] });
  }

  /** In the order of their names, so that the order of wiring changes nothing. */
  jobs(): readonly MetricsJob[] {
    return [...this.recorded.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
