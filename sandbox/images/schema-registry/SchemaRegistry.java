import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.security.auth.login.Configuration;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.JmxReporter;
import org.apache.kafka.common.metrics.KafkaMetricsContext;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Time;

/**
 * Reads the properties of Confluent's Schema Registry, does with Kafka once what that does at its start, and then keeps two
 * processes: Apicurio Registry on the pod whose ordinal is 0, and on every pod haproxy with the listener, the users and the paths
 * of the properties. Ends with 1 when anything is wrong, and when one of the two ends.
 */
public final class SchemaRegistry {
  private static final int INNER_PORT = 18081;
  private static final String API = "/apis/ccompat/v7";
  private static final Path TMP = Path.of("/tmp");

  private final Map<String, String> settings = new HashMap<>();
  private final String topic;
  private final Duration patience;
  private final URI listener;
  /** On which this pod's requests are answered: null where it is this one. */
  private final String leader;

  private SchemaRegistry(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    // Kafka's own class puts in what the config providers say, as it does for the real registry.
    new AbstractConfig(new ConfigDef(), properties, false).originals().forEach((key, value) -> settings.put(key, value.toString()));
    topic = setting("kafkastore.topic", "_schemas");
    patience = Duration.ofMillis(Long.parseLong(setting("kafkastore.init.timeout.ms", "60000")));
    listener = URI.create(setting("listeners", "http://0.0.0.0:8081"));
    String host = setting("host.name", "localhost");
    String[] parts = host.split("(?<=-)(?=\\d+(\\.|$))", 2);
    leader = parts.length < 2 || parts[1].matches("0(\\..*)?") ? null : parts[0] + parts[1].replaceFirst("\\d+", "0");
  }

  public static void main(String[] args) throws Exception {
    try {
      new SchemaRegistry(Path.of(args[0])).run();
    } catch (Refusal | KafkaException | IOException problem) {
      System.err.println("schema-registry: stopped: " + problem);
      for (Throwable why = problem.getCause(); why != null; why = why.getCause()) System.err.println("  because of " + why);
      System.exit(1);
    }
  }

  private void run() throws Exception {
    String proxy = proxyConfig(); // first: what is wrong in the files is said without waiting for Kafka
    useKafka();
    List<Process> processes = new ArrayList<>();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> processes.forEach(Process::destroy)));
    if (leader == null) {
      processes.add(startRegistry());
      awaitRegistry(processes.getFirst());
    }
    Path file = Files.createTempFile(TMP, "haproxy", ".cfg", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, proxy);
    // It goes back to where it started, which must not be the image's home directory: that is closed to an arbitrary user.
    processes.add(new ProcessBuilder("haproxy", "-db", "-f", file.toString()).directory(TMP.toFile()).inheritIO().start());
    exposeRole();
    say("serving %s, %s".formatted(listener, leader == null ? "as leader" : "all requests go to " + leader));
    CompletableFuture.anyOf(processes.stream().map(Process::onExit).toArray(CompletableFuture<?>[]::new)).join();
    throw new Refusal("Apicurio Registry or haproxy has ended");
  }

  /** The topic as it must be, its records read to the end, the group joined, and on the leader a record written. */
  private void useKafka() throws Exception {
    Map<String, Object> client = new HashMap<>();
    settings.forEach((key, value) -> {
      if (key.matches("kafkastore\\.(bootstrap\\.servers|(ssl|sasl|security)\\..*)")) client.put(key.substring("kafkastore.".length()), value);
    });
    client.put("default.api.timeout.ms", (int) patience.toMillis());
    client.put("request.timeout.ms", (int) Math.min(patience.toMillis(), 30_000));
    client.put("max.block.ms", patience.toMillis());
    try (Admin admin = Admin.create(client)) {
      int partitions = await(admin.describeTopics(List.of(topic)).topicNameValues().get(topic)).partitions().size();
      if (partitions != 1) throw new Refusal("topic " + topic + " has " + partitions + " partitions instead of 1");
      ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
      String policy = await(admin.describeConfigs(List.of(resource)).values().get(resource)).get("cleanup.policy").value();
      if (!policy.equals("compact")) throw new Refusal("topic " + topic + " has cleanup.policy=" + policy + " instead of compact");
    }
    if (leader == null) write(client);
    int records = read(client);
    join(client);
    say("Kafka: %s has %d records, group joined".formatted(topic, records));
  }

  /** What the real leader writes first, too. */
  private void write(Map<String, Object> client) throws Exception {
    Map<String, Object> options = new HashMap<>(client);
    options.remove("default.api.timeout.ms");
    try (var producer = new KafkaProducer<>(options, new StringSerializer(), new StringSerializer())) {
      await(producer.send(new ProducerRecord<>(topic, 0, "{\"keytype\":\"NOOP\",\"magic\":0}", null)));
    }
  }

  private int read(Map<String, Object> client) {
    try (var consumer = consumer(client, setting("kafkastore.group.id", "schema-registry-" + setting("host.name", "localhost")))) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.committed(Set.of(partition)); // asks about the group, so its rights are needed
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      long deadline = deadline();
      int records = 0;
      while (consumer.position(partition) < end) {
        records += consumer.poll(Duration.ofMillis(200)).count();
        inTime(deadline, "read " + topic + " to its end");
      }
      return records;
    }
  }

  private void join(Map<String, Object> client) {
    String group = setting("schema.registry.group.id", "schema-registry");
    try (var consumer = consumer(client, group)) {
      consumer.subscribe(List.of(topic));
      for (long deadline = deadline(); consumer.groupMetadata().memberId().isEmpty(); inTime(deadline, "join the group " + group)) {
        consumer.poll(Duration.ofMillis(200));
      }
    }
  }

  private static KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> client, String group) {
    Map<String, Object> options = new HashMap<>(client);
    options.remove("max.block.ms");
    options.putAll(Map.of("group.id", group, "enable.auto.commit", false, "auto.offset.reset", "earliest"));
    return new KafkaConsumer<>(options, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private Process startRegistry() throws IOException {
    List<String> command = new ArrayList<>(List.of("java"));
    command.addAll(Arrays.asList(System.getenv("REGISTRY_JAVA_OPTS").trim().split(" +")));
    Map<String, Object> options = Map.of(
        "java.util.logging.manager", "org.jboss.logmanager.LogManager",
        "quarkus.http.host", "127.0.0.1",
        "quarkus.http.port", INNER_PORT,
        "quarkus.http.access-log.enabled", false,
        "quarkus.management.host", "127.0.0.1",
        "apicurio.datasource.url", "jdbc:h2:file:" + TMP + "/registry");
    options.forEach((key, value) -> command.add("-D" + key + "=" + value));
    command.addAll(List.of("-XX:MaxMetaspaceSize=192m", "-XX:+ExitOnOutOfMemoryError", "-jar", "/opt/apicurio/quarkus-run.jar"));
    return new ProcessBuilder(command).inheritIO().start();
  }

  /** Until it takes the compatibility level that the properties say; by itself it would check nothing. */
  private void awaitRegistry(Process registry) throws InterruptedException {
    String level = setting("schema.compatibility.level", "backward").toUpperCase();
    HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + INNER_PORT + API + "/config"))
        .header("Content-Type", "application/vnd.schemaregistry.v1+json")
        .PUT(BodyPublishers.ofString("{\"compatibility\":\"" + level + "\"}"))
        .build();
    HttpClient http = HttpClient.newHttpClient();
    for (long deadline = deadline(); registry.isAlive(); inTime(deadline, "see Apicurio Registry start")) {
      try {
        if (http.send(request, BodyHandlers.discarding()).statusCode() == 200) return;
      } catch (IOException notYet) {
        // Nothing listens before it is ready.
      }
      Thread.sleep(500);
    }
    throw new Refusal("Apicurio Registry has ended at its start");
  }

  private String proxyConfig() throws IOException {
    boolean tls = listener.getScheme().equals("https");
    boolean basic = setting("authentication.method", "NONE").equals("BASIC");
    String skipped = setting("authentication.skip.paths", "").replace(',', ' ').trim();
    List<String> lines = new ArrayList<>(List.of(
        "global", "  maxconn 500", "  ssl-default-bind-options ssl-min-ver TLSv1.2",
        "defaults", "  mode http", "  timeout connect 5s", "  timeout client 60s", "  timeout server 60s",
        "resolvers cluster", "  parse-resolv-conf", "  hold valid 5s"));
    if (basic) {
      lines.add("userlist users");
      users().forEach((name, password) -> lines.add("  user %s insecure-password %s".formatted(quoted(name), quoted(password))));
    }
    lines.addAll(List.of("frontend registry", "  bind :" + listener.getPort() + (tls ? " ssl crt " + required("ssl.keystore.location") : "")));
    if (basic) {
      String unless = skipped.isEmpty() ? "" : " !{ path " + skipped + " }";
      lines.add("  http-request auth realm " + required("authentication.realm") + " if !{ http_auth(users) }" + unless);
    }
    lines.addAll(List.of(
        "  http-request return content-type application/json string '{\"version\":\"8.2.3\",\"commitId\":\"sandbox\"}' if { path /v1/metadata/version }",
        "  default_backend registry", "backend registry"));
    if (leader == null) {
      lines.addAll(List.of("  http-request set-path " + API + "%[path]", "  server here 127.0.0.1:" + INNER_PORT));
    } else {
      boolean inner = setting("inter.instance.protocol", "http").equals("https");
      String authority = settings.getOrDefault("ssl.truststore.location", settings.get("kafkastore.ssl.truststore.location"));
      String verified = inner ? " ssl verify required ca-file %s verifyhost %s sni str(%s)".formatted(authority, leader, leader) : "";
      lines.add("  server leader %s:%d resolvers cluster resolve-prefer ipv4 init-addr none%s".formatted(leader, listener.getPort(), verified));
    }
    return String.join("\n", lines) + "\n";
  }

  /** Name and password of all who have one of the roles, from the file that the JAAS configuration names. */
  private Map<String, String> users() throws IOException {
    String realm = required("authentication.realm");
    var entries = Configuration.getConfiguration().getAppConfigurationEntry(realm);
    if (entries == null) throw new Refusal("the JAAS configuration has no entry " + realm);
    if (!entries[0].getLoginModuleName().equals("org.eclipse.jetty.security.jaas.spi.PropertyFileLoginModule")) {
      throw new Refusal("the JAAS configuration names " + entries[0].getLoginModuleName() + ", which 8.x does not have");
    }
    Properties file = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of((String) entries[0].getOptions().get("file")))) {
      file.load(reader);
    }
    List<String> allowed = List.of(setting("authentication.roles", "*").split("\\s*,\\s*"));
    return file.stringPropertyNames().stream()
        .map(name -> Stream.concat(Stream.of(name), Stream.of(file.getProperty(name).split("\\s*,\\s*"))).toList())
        .filter(words -> words.stream().skip(2).anyMatch(role -> allowed.contains(role) || allowed.contains("*")))
        .collect(Collectors.toMap(words -> words.get(0), words -> words.get(1)));
  }

  private static String quoted(String text) {
    if (text.matches("(?s).*['\\n\0].*|(OBF|MD5|CRYPT):.*")) throw new Refusal("the users file has a character or form unknown to this stand-in");
    return "'" + text + "'";
  }

  /** The one metric of the registry's own that is true here. */
  private void exposeRole() {
    Metrics metrics = new Metrics(new MetricConfig(), List.of(new JmxReporter()), Time.SYSTEM, new KafkaMetricsContext("kafka.schema.registry"));
    String role = "master-slave-role";
    metrics.addMetric(new MetricName(role, role, "1 on the leader", Map.of()), (Gauge<Integer>) (config, now) -> leader == null ? 1 : 0);
  }

  private <T> T await(Future<T> future) throws Exception {
    try {
      return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException problem) {
      throw new KafkaException("Kafka refused", problem.getCause());
    } catch (java.util.concurrent.TimeoutException problem) {
      throw new TimeoutException("Kafka did not answer", problem);
    }
  }

  private long deadline() {
    return System.nanoTime() + patience.toNanos();
  }

  private void inTime(long deadline, String what) {
    if (System.nanoTime() > deadline) throw new Refusal("could not " + what + " in " + patience.toSeconds() + " s");
  }

  private String setting(String key, String otherwise) {
    return settings.getOrDefault(key, otherwise);
  }

  private String required(String key) {
    String value = settings.get(key);
    if (value == null) throw new Refusal("the property " + key + " is missing");
    return value;
  }

  private static void say(String text) {
    System.out.println("schema-registry: " + text);
  }

  private static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refusal(String message) {
      super(message);
    }

    @Override
    public String toString() {
      return getMessage();
    }
  }
}
