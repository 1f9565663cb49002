import { metric } from "../clients/metrics";
import { expect, smokeCheck, within } from "./check";
import type { Installation } from "./installation";

/**
 * Kafka, by its own tools inside a broker's pod and as its own user for checks: a message goes in and comes out again
 * over SASL and TLS, every copy of the topic is in sync, and neither a wrong password nor a foreign topic works. The
 * exporter knows how far the check's own group is behind.
 */
export const check = smokeCheck("kafka", async (installation) => {
  const { username = "", password = "" } = await installation.secret("kafka", "user-check");
  const token = `check-${Date.now()}`;
  const seen = await inBroker(installation, username, password, token);

  expect(seen.message === token, `the message sent was ${token}, the one received "${seen.message}"`);
  const brokers = installation.replicas("kafka-broker");
  const copies = Math.min(3, brokers);
  const [replicas, inSync] = [seen.replicas, seen.inSync].map((list) => list?.split(",").length ?? 0);
  expect(replicas === copies, `the topic has ${replicas} copies instead of ${copies}`);
  expect(inSync === copies, `only ${inSync} of the topic's ${copies} copies are in sync`);
  expect(/TopicAuthorization/.test(seen.foreign ?? ""), `a foreign topic was to be refused: ${seen.foreign}`);
  expect(/SaslAuthentication/.test(seen.intruder ?? ""), `a wrong password was to be refused: ${seen.intruder}`);
  const lag = await behind(installation);
  return `message over SASL_SSL; ${copies} of ${copies} copies in sync; foreign topic and wrong password refused; its group lacks ${lag} messages`;
});

const topic = "platform-check";
const timeout = 180_000;
/** The exporter looks for new topics twice a minute. */
const patience = 60_000;

async function behind(installation: Installation): Promise<number> {
  const labels = { consumergroup: topic, topic };
  const ask = (port: number) => metric(port, "/metrics", "kafka_consumergroup_lag_sum", labels);
  return within(
    patience,
    async () => (await installation.forward("kafka", "deployment/kafka-exporter", 9308, ask))[0],
    `the exporter knows nothing of group ${topic}: its log says why`,
  );
}

/** What the tools said, by the names that the script gives it. */
async function inBroker(installation: Installation, user: string, password: string, token: string) {
  const namespace = installation.namespace("kafka");
  const input = `${user}\n${password}\n${token}\n`;
  const output = await installation.kubectl.bash(namespace, "kafka-broker-0", script, input, timeout);
  return Object.fromEntries(
    output.split("\n").flatMap((line) => {
      const [, name, value] = /^(\w+): (.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    }),
  ) as Partial<Record<"message" | "replicas" | "inSync" | "foreign" | "intruder", string>>;
}

/** Standard input: user, password, message. Its files are gone when it ends. */
const script = `
read -r user; read -r password; read -r token
umask 077
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
client() {
  echo "security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=\\"$user\\" password=\\"$2\\";
ssl.truststore.type=PEM
ssl.truststore.location=/etc/platform-ca/ca.crt
max.block.ms=20000" > "$dir/$1"
}
client good "$password"
client wrong "not-$password"
become() { exec timeout 60 "/opt/kafka/bin/kafka-$1.sh" --bootstrap-server localhost:9092 --command-config "$dir/$2" "\${@:3}"; }
tool() { (become "$@"); }
reason() { grep -m 1 -o '[A-Za-z]*Exception: .*' || echo "no error"; }

echo "$token" | tool console-producer good --topic ${topic} >&2
# From the beginning: what earlier checks left is at most an hour old.
become console-consumer good --topic ${topic} --group ${topic} --from-beginning > "$dir/received" 2> "$dir/log" &
until grep -qx "$token" "$dir/received" || ! kill -0 $! 2> /dev/null; do sleep 0.5; done
kill $! 2> /dev/null
wait
echo "message: $(grep -m 1 -x "$token" "$dir/received" || tail -n 1 "$dir/log")"
described="$(tool topics good --describe --topic ${topic})"
[[ $described =~ Replicas:\\ *([0-9,]+) ]] && echo "replicas: \${BASH_REMATCH[1]}"
[[ $described =~ Isr:\\ *([0-9,]+) ]] && echo "inSync: \${BASH_REMATCH[1]}"
echo "foreign: $(echo "$token" | tool console-producer good --topic platform-foreign 2>&1 | reason)"
echo "intruder: $(echo "$token" | tool console-producer wrong --topic ${topic} 2>&1 | reason)"
`.trim();
