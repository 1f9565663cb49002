import type { Alerting, AlertRoute, Receiver } from "../../core/alerting";
import { yamlText } from "../../core/formats";

/** Alertmanager's configuration: who is told what. Everything secret is a file beside it. */

export const configDirectory = "/etc/alertmanager";
/** Told nothing: the one receiver there is when the stack config names none. */
const nobody = "nobody";

const file = (name: string): string => `${configDirectory}/${name}`;
const smtpPassword = "smtp-password";

/** The files of the Secret, `alertmanager.yml` and what it reads. */
export const configFiles = (alerting: Alerting | undefined): Record<string, string> => ({
  "alertmanager.yml": yamlText(configuration(alerting)),
  ...(alerting?.smtp?.password ? { [smtpPassword]: alerting.smtp.password } : {}),
  ...Object.fromEntries(
    (alerting?.receivers ?? []).flatMap((each) => (secretOf(each) ? [[each.name, secretOf(each)]] : [])),
  ),
});

const configuration = (alerting: Alerting | undefined) => ({
  global: { resolve_timeout: "5m", ...(alerting?.smtp ? mail(alerting.smtp) : {}) },
  route: {
    receiver: alerting?.default ?? nobody,
    group_by: ["alertname", "namespace", "service"],
    group_wait: "30s",
    group_interval: "5m",
    repeat_interval: "12h",
    routes: [
      // It always fires. Whoever gets it raises the alarm when it stays away.
      { ...always, receiver: alerting?.deadMansSwitch ?? nobody },
      ...(alerting?.routes ?? []).map(routeOf),
      { receiver: alerting?.default ?? nobody, matchers: ['severity = "critical"'], ...urgent },
    ],
  },
  inhibit_rules: [
    // Whoever knows that a service is down, or a volume full, need not be told what follows from it.
    ...["service", "persistentvolumeclaim"].map((label) => ({
      source_matchers: ['severity = "critical"', `${label} != ""`],
      target_matchers: ['severity = "warning"'],
      equal: [label],
    })),
  ],
  receivers: [{ name: nobody }, ...(alerting?.receivers ?? []).map(receiverOf)],
});

// Told again when a group's interval is over and the last time is longer ago than `repeat_interval`. Of the same length it
// never quite is, and every second beat is left out.
const beat = { group_wait: "0s", group_interval: "1m", repeat_interval: "50s" };
const always = { matchers: ['alertname = "Watchdog"'], ...beat };
const urgent = { group_wait: "10s", repeat_interval: "2h" };

const routeOf = ({ receiver, severity, layer, service }: AlertRoute) => ({
  receiver,
  matchers: Object.entries({ severity, layer, service }).flatMap(([label, value]) =>
    value ? [`${label} = "${value}"`] : [],
  ),
  ...(severity === "critical" ? urgent : {}),
});

const mail = ({ host, from, username, password }: NonNullable<Alerting["smtp"]>) => ({
  smtp_smarthost: host,
  smtp_from: from,
  smtp_require_tls: true,
  ...(username ? { smtp_auth_username: username } : {}),
  ...(password ? { smtp_auth_password_file: file(smtpPassword) } : {}),
});

/** What of a receiver is secret: a URL that needs no login is one, too. */
function secretOf(receiver: Receiver): string | undefined {
  switch (receiver.type) {
    case "webhook":
    case "slack":
      return receiver.url;
    case "pagerduty":
      return receiver.routingKey;
    case "email":
      return undefined;
  }
}

function receiverOf(receiver: Receiver) {
  const { name } = receiver;
  const options = { send_resolved: true };
  switch (receiver.type) {
    case "webhook":
      return { name, webhook_configs: [{ ...options, url_file: file(name) }] };
    case "slack":
      return { name, slack_configs: [{ ...options, api_url_file: file(name), channel: receiver.channel }] };
    case "pagerduty":
      return { name, pagerduty_configs: [{ ...options, routing_key_file: file(name) }] };
    case "email":
      return { name, email_configs: [{ ...options, to: receiver.to }] };
  }
}
