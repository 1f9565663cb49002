import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** Answers like kafka_exporter, from the same options: what topics have, and what groups have committed. Asks anew at each scrape. */
public final class KafkaExporter {
  private static final Set<String> OPTIONS = Set.of("kafka.server", "kafka.version", "sasl.enabled", "sasl.mechanism", "sasl.username",
      "tls.enabled", "tls.ca-file", "topic.exclude", "web.listen-address");
  private static final Pattern OPTION = Pattern.compile("--([a-z.-]+)(?:=(.*))?");

  private final Admin admin;
  private final Pattern excluded;
  private final StringBuilder text = new StringBuilder();

  private KafkaExporter(Admin admin, Pattern excluded) {
    this.admin = admin;
    this.excluded = excluded;
  }

  public static void main(String[] args) {
    try {
      Map<String, String> options = options(args);
      Admin admin = Admin.create(client(options));
      // Like the real one, which ends at once when there is no Kafka.
      await(admin.describeCluster().nodes());
      Pattern excluded = Pattern.compile(options.getOrDefault("topic.exclude", "^$"));
      String address = options.getOrDefault("web.listen-address", ":9308");
      HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(address.substring(address.lastIndexOf(':') + 1))), 0);
      server.createContext("/metrics", exchange -> {
        try {
          answer(exchange, 200, new KafkaExporter(admin, excluded).metrics());
        } catch (Exception problem) {
          System.err.println("kafka_exporter: " + problem);
          answer(exchange, 500, problem + "\n");
        }
      });
      server.createContext("/healthz", exchange -> answer(exchange, 200, "ok"));
      server.start();
      System.out.println("kafka_exporter: serving " + address);
    } catch (Exception problem) {
      System.err.println("kafka_exporter: refused to start: " + problem);
      System.exit(1);
    }
  }

  private static Map<String, String> options(String[] args) {
    Map<String, String> options = new HashMap<>();
    for (String arg : args) {
      Matcher option = OPTION.matcher(arg);
      if (!option.matches() || !OPTIONS.contains(option.group(1))) throw new IllegalArgumentException("unknown option " + arg);
      options.put(option.group(1), option.group(2) == null ? "true" : option.group(2));
    }
    // The real one's default speaks to Kafka as 2.0.0 does, and 4 does not listen.
    if (options.getOrDefault("kafka.version", "2.0.0").startsWith("2.0")) throw new IllegalArgumentException("--kafka.version is too old for Kafka 4");
    return options;
  }

  private static Map<String, Object> client(Map<String, String> options) {
    Map<String, Object> client = new HashMap<>(Map.of("bootstrap.servers", options.get("kafka.server"), "client.id", "kafka_exporter"));
    boolean sasl = options.containsKey("sasl.enabled");
    boolean tls = options.containsKey("tls.enabled");
    client.put("security.protocol", (sasl ? "SASL_" : "") + (tls ? "SSL" : "PLAINTEXT"));
    if (sasl) {
      client.put("sasl.mechanism", options.get("sasl.mechanism").toUpperCase().replace("SHA", "SHA-"));
      client.put("sasl.jaas.config", "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";"
          .formatted(options.get("sasl.username"), System.getenv("SASL_USER_PASSWORD")));
    }
    if (tls) client.putAll(Map.of("ssl.truststore.type", "PEM", "ssl.truststore.location", options.get("tls.ca-file")));
    return client;
  }

  private String metrics() throws Exception {
    gauge("kafka_brokers", "", await(admin.describeCluster().nodes()).size());
    Map<TopicPartition, Long> ends = ends();
    ends.keySet().stream().collect(Collectors.groupingBy(TopicPartition::topic, TreeMap::new, Collectors.counting()))
        .forEach((topic, partitions) -> gauge("kafka_topic_partitions", label("topic", topic), partitions));
    ends.forEach((partition, end) -> gauge("kafka_topic_partition_current_offset", of(partition), end));

    // Groups of Connect's workers and of registries have members, but no offsets.
    List<String> groups = await(admin.listGroups(new ListGroupsOptions()).all()).stream()
        .filter(group -> Set.of("consumer", "").contains(group.protocol()))
        .map(group -> group.groupId())
        .sorted().toList();
    var described = await(admin.describeConsumerGroups(groups).all());
    for (String group : groups) {
      String name = label("consumergroup", group);
      gauge("kafka_consumergroup_members", name, described.get(group).members().size());
      Map<TopicPartition, Long> offsets = new HashMap<>();
      await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()).forEach((partition, offset) -> {
        if (offset != null && ends.containsKey(partition)) offsets.put(partition, offset.offset());
      });
      perPartition("kafka_consumergroup_current_offset", name, offsets, offsets::get);
      perPartition("kafka_consumergroup_lag", name, offsets, partition -> ends.get(partition) - offsets.get(partition));
    }
    return text.toString();
  }

  /** The next offset of each partition of the topics that are wanted. */
  private Map<TopicPartition, Long> ends() throws Exception {
    Collection<String> topics = await(admin.listTopics(new ListTopicsOptions().listInternal(true)).names()).stream()
        .filter(topic -> !excluded.matcher(topic).find())
        .toList();
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    await(admin.describeTopics(topics).allTopicNames()).forEach((topic, description) -> description.partitions()
        .forEach(partition -> latest.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest())));
    Map<TopicPartition, Long> ends = new HashMap<>();
    await(admin.listOffsets(latest).all()).forEach((partition, end) -> ends.put(partition, end.offset()));
    return ends;
  }

  /** A metric by partition, and its sum by topic. */
  private void perPartition(String metric, String group, Map<TopicPartition, Long> offsets, Function<TopicPartition, Long> value) {
    Map<String, Long> sums = new TreeMap<>();
    for (TopicPartition partition : offsets.keySet()) {
      gauge(metric, group + "," + of(partition), value.apply(partition));
      sums.merge(partition.topic(), value.apply(partition), Long::sum);
    }
    sums.forEach((topic, sum) -> gauge(metric + "_sum", group + "," + label("topic", topic), sum));
  }

  private void gauge(String name, String labels, long value) {
    text.append(name).append(labels.isEmpty() ? "" : "{" + labels + "}").append(' ').append(value).append('\n');
  }

  private static String of(TopicPartition partition) {
    return label("topic", partition.topic()) + "," + label("partition", Integer.toString(partition.partition()));
  }

  private static String label(String name, String value) {
    return name + "=\"" + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }

  private static <T> T await(KafkaFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    try (exchange) {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }
}
