import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;

/** A cluster of the file, asked anew with each request; nothing is cached. */
final class Cluster {
  private final Settings settings;
  final String name;
  private Admin admin;

  Cluster(Settings settings) {
    this.settings = settings;
    name = settings.text("name");
  }

  Map<String, Object> summary() {
    try {
      var topics = topics();
      int partitions = topics.stream().mapToInt(topic -> topic.partitions().size()).sum();
      int brokers = await(admin().describeCluster().nodes()).size();
      return Map.of("name", name, "status", "online", "brokerCount", brokers, "topicCount", topics.size(), "onlinePartitionCount", partitions);
    } catch (Exception problem) {
      Throwable cause = problem.getCause() == null ? problem : problem.getCause();
      System.err.println("kafka-ui: cluster " + name + " is offline: " + cause);
      return Map.of("name", name, "status", "offline", "lastError", Map.of("message", cause.toString()));
    }
  }

  Map<String, Object> topicPage() throws Exception {
    List<?> topics = topics().stream()
        .map(topic -> Map.of(
            "name", topic.name(),
            "internal", topic.isInternal(),
            "partitionCount", topic.partitions().size(),
            "replicationFactor", topic.partitions().getFirst().replicas().size()))
        .toList();
    return Map.of("pageCount", 1, "topics", topics);
  }

  Map<String, Object> schemas() throws Exception {
    List<JsonNode> schemas = new ArrayList<>();
    if (settings.find("schema-registry").isPresent()) {
      Settings login = settings.part("schema-registry-auth");
      for (JsonNode subject : ask(settings.text("schema-registry"), "/subjects", login)) {
        schemas.add(ask(settings.text("schema-registry"), "/subjects/" + subject.asText().replace("/", "%2F") + "/versions/latest", login));
      }
    }
    return Map.of("pageCount", 1, "schemas", schemas);
  }

  List<?> connects() throws Exception {
    List<Object> connects = new ArrayList<>();
    for (Settings connect : settings.each("kafka-connect")) {
      JsonNode connectors = ask(connect.text("address"), "/connectors", connect);
      connects.add(Map.of("name", connect.text("name"), "address", connect.text("address"), "connectorsCount", connectors.size()));
    }
    return connects;
  }

  private List<TopicDescription> topics() throws Exception {
    Set<String> names = await(admin().listTopics(new ListTopicsOptions().listInternal(true)).names());
    return List.copyOf(await(admin().describeTopics(names).allTopicNames()).values());
  }

  /** Not before somebody asks: a client that cannot be made is a cluster that is offline. */
  private synchronized Admin admin() {
    if (admin == null) {
      Map<String, Object> client = settings.part("properties").values();
      client.put("bootstrap.servers", settings.text("bootstrap-servers"));
      admin = Admin.create(client);
    }
    return admin;
  }

  private static <T> T await(KafkaFuture<T> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  private static JsonNode ask(String address, String path, Settings login) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + path));
    if (login.find("username").isPresent()) {
      String user = login.text("username") + ":" + login.text("password");
      request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
    }
    return KafkaUi.fetch(request);
  }
}
