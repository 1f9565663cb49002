import { createHash } from "node:crypto";

/** Who may do what on Redis and on Sentinel, as ACL files: one line a user, everything off that is not named. */

/** What a client may touch: glob patterns, e.g. `airflow:*`. */
export interface Grant {
  readonly keys: readonly string[];
  /** Channels of publish and subscribe. Default none. PSUBSCRIBE takes only what is here letter by letter, or `*`. */
  readonly channels?: readonly string[];
}

/** A user's rules on each of the two; absent where the user does not exist. */
interface Rules {
  readonly redis?: string;
  readonly sentinel?: string;
}

/**
 * The platform's own users, each with what its one task takes.
 * `replication` and `sentinel` on Redis are the lists of Redis' documentation (Security, ACL, "ACL rules for Sentinel and
 * Replicas") with the channel narrowed; what Sentinels say to each other was seen with ACL LOG.
 */
export const internalUsers = {
  replication: { redis: "+psync +replconf +ping" },
  sentinel: {
    redis:
      "&__sentinel__:hello +multi +slaveof +ping +exec +subscribe +config|rewrite +role +publish +info +client|setname +client|kill +script|kill",
    sentinel: "&__sentinel__:hello +ping +publish +client|setname +sentinel|is-master-down-by-addr",
  },
  /** Probes; and a starting pod asks the Sentinels of the others who is master. */
  health: { redis: "+ping +role", sentinel: "+ping +sentinel|master +sentinel|get-master-addr-by-name" },
  /** A master that is about to stop hands over. */
  handover: { redis: "+client|pause", sentinel: "+sentinel|failover +sentinel|get-master-addr-by-name" },
  /** Makes the servers read the ACL files again, and sees that they did. */
  provisioner: { redis: "+acl|load +acl|users", sentinel: "+acl|load +acl|users" },
  /** Looks, without keys: of the commands that the exporter's documentation lists, those that it sends as it is set up here. */
  exporter: {
    redis: "+client|setname +info +slowlog|len +slowlog|get",
    sentinel: "+client|setname +info +sentinel|masters +sentinel|ckquorum +sentinel|sentinels +sentinel|slaves",
  },
} as const satisfies Readonly<Record<string, Rules>>;

/**
 * What clients may do with their own keys and channels: everything but administration and what can harm others.
 * Taken as well: functions, which all share, and the scripts of others. Given back: KEYS, with which cachelib (Flask-Caching,
 * Superset's caches) clears a prefix. Celery and kombu need nothing that is taken, as a worker with events and remote
 * control shows.
 */
const clientCommands = "+@all -@admin -@dangerous -function -script|flush -script|kill +keys";

/** Clients ask the Sentinels who is master or replica, and hear of changes; channels of events begin with `+` or `-`. */
const clientOnSentinel =
  "&+* &-* +ping +subscribe +psubscribe +unsubscribe +punsubscribe +client|setname +client|setinfo +sentinel|master +sentinel|masters +sentinel|get-master-addr-by-name +sentinel|replicas +sentinel|slaves +sentinel|sentinels";

export const clientRules = ({ keys, channels = [] }: Grant): Rules => ({
  redis: [...keys.map((key) => `~${key}`), ...channels.map((channel) => `&${channel}`), clientCommands].join(" "),
  sentinel: clientOnSentinel,
});

/**
 * The user of connections that have not logged in: off, so there are none. On Redis it keeps all rights, because the
 * append-only file is read back in its name: before 8.6 whatever it may not do is left out of transactions, silently
 * (redis/redis#14541).
 */
const defaultUser = { redis: "user default off ~* &* +@all", sentinel: "user default off" };

export interface User {
  readonly name: string;
  readonly password: string;
  readonly rules: Rules;
}

/**
 * The two ACL files, and a name that changes with them: both hold a user of that name who can do nothing, by which one
 * sees from outside which version a server has read. Passwords are random, so their hashes tell nothing.
 */
export function aclFiles(users: readonly User[]) {
  const file = (of: keyof Rules): string[] =>
    users.flatMap(({ name, password, rules }) =>
      rules[of] ? [`user ${name} on #${sha256(password)} resetchannels ${rules[of]}`] : [],
    );
  const [redis, sentinel] = [file("redis"), file("sentinel")];
  const version = `version-${sha256([...redis, ...sentinel].join("\n")).slice(0, 16)}`;
  const text = (...lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
  return {
    version,
    "redis.acl": text(defaultUser.redis, `user ${version} off`, ...redis),
    "sentinel.acl": text(defaultUser.sentinel, `user ${version} off`, ...sentinel),
  };
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
