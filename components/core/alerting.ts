import { z } from "zod";
import { type Layer, layers } from "./names";

/** Who is told of alerts: `datalyptica:alerting` of the stack config. */

const name = z.string().regex(/^[a-z]([-a-z0-9]{0,40}[a-z0-9])?$/);
const url = z.url({ protocol: /^https?$/ });
/** `host:port` of a mail server. */
const hostPort = z.string().regex(/^[A-Za-z0-9.-]+:\d{1,5}$/);
const block = z.string().regex(/^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}:\d{1,5}$/);

const receiver = z.discriminatedUnion("type", [
  z.strictObject({ name, type: z.literal("webhook"), url }),
  z.strictObject({ name, type: z.literal("email"), to: z.string().includes("@") }),
  z.strictObject({ name, type: z.literal("slack"), url, channel: z.string().min(1) }),
  z.strictObject({ name, type: z.literal("pagerduty"), routingKey: z.string().min(1) }),
]);

const route = z.strictObject({
  receiver: name,
  severity: z.enum(["critical", "warning"]).optional(),
  layer: z.enum(layers).optional(),
  service: z.string().min(1).optional(),
});

export const alertingSchema = z.strictObject({
  receivers: z.array(receiver).min(1),
  default: name,
  routes: z.array(route).optional(),
  deadMansSwitch: name.optional(),
  smtp: z
    .strictObject({
      host: hostPort,
      from: z.string().includes("@"),
      username: z.string().optional(),
      password: z.string().optional(),
    })
    .optional(),
  egress: z.array(block).min(1),
});

export const alertingAllowed =
  "{receivers: [{name, type: webhook|email|slack|pagerduty, ...}], default, routes?, deadMansSwitch?, smtp?, egress: [<address block>:<port>]}, or {receivers: []} for nobody";

const nobody = z.strictObject({ receivers: z.tuple([]) });

/** Whether a value of the key says that nobody is to be told, which differs from saying nothing. */
export const tellsNobody = (value: unknown): boolean => nobody.safeParse(value).success;

export const nobodyIsTold =
  "nobody is told of alerts: datalyptica:alerting is not set (docs/ALERTING.md); {receivers: []} says that this is meant";

export type Receiver = Readonly<z.infer<typeof receiver>>;

/** What is told to whom; what a route does not name, it takes all of. */
export interface AlertRoute {
  readonly receiver: string;
  readonly severity?: "critical" | "warning" | undefined;
  readonly layer?: Layer | undefined;
  readonly service?: string | undefined;
}

export interface Alerting {
  readonly receivers: readonly Receiver[];
  /** Name of the receiver of all that no route takes. */
  readonly default: string;
  readonly routes?: readonly AlertRoute[] | undefined;
  /** Receiver of the alert that always fires: it raises the alarm when that stays away. */
  readonly deadMansSwitch?: string | undefined;
  readonly smtp?:
    | {
        readonly host: string;
        readonly from: string;
        readonly username?: string | undefined;
        readonly password?: string | undefined;
      }
    | undefined;
  /** Where receivers are, as `<address block>:<port>`: policies know no names. */
  readonly egress: readonly string[];
}

/** What is wrong between the parts, each by itself being right. @param sends whether Alertmanager is there */
export function alertingProblems({ receivers, routes = [], smtp, ...alerting }: Alerting, sends: boolean): string[] {
  const names = receivers.map((each) => each.name);
  const used = [alerting.default, alerting.deadMansSwitch, ...routes.map((route) => route.receiver)];
  const unknown = used.filter((each) => each !== undefined && !names.includes(each));
  const twice = names.filter((each, i) => names.indexOf(each) < i);
  const mail = receivers.some(({ type }) => type === "email") && !smtp;
  return [
    ...(sends ? [] : ["datalyptica:alerting needs alertmanager, which is not in datalyptica:services"]),
    ...unknown.map((each) => `datalyptica:alerting: no receiver is called "${each}"; allowed: ${names.join(", ")}`),
    ...twice.map((each) => `datalyptica:alerting: two receivers are called "${each}"`),
    ...(mail ? ["datalyptica:alerting: a receiver of type email needs smtp: {host, from, username?, password?}"] : []),
  ];
}
