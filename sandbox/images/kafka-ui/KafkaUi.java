import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Answers like Kafka-UI, from the same settings: login, clusters, topics, schemas and connects; health and metrics. Shows nothing. */
public final class KafkaUi {
  static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  private final Login login;
  private final List<Cluster> clusters;
  private final Map<Integer, LongAdder> answers = new ConcurrentHashMap<>();

  private KafkaUi(Settings settings) {
    login = new Login(settings);
    clusters = settings.each("kafka.clusters").stream().map(Cluster::new).toList();
  }

  public static void main(String[] args) {
    try {
      String file = System.getProperty("spring.config.additional-location", System.getenv("SPRING_CONFIG_ADDITIONAL-LOCATION"));
      if (file == null) throw new IllegalArgumentException("neither spring.config.additional-location nor its variable is set");
      Settings settings = Settings.read(Path.of(file.replaceFirst("^file:", "")));
      KafkaUi ui = new KafkaUi(settings);
      HttpsServer browsers = HttpsServer.create(new InetSocketAddress(Integer.parseInt(settings.text("server.port", "8080"))), 0);
      browsers.setHttpsConfigurator(new HttpsConfigurator(tls(settings.part("server.ssl"))));
      start(browsers, ui::browse);
      start(HttpServer.create(new InetSocketAddress(Integer.parseInt(settings.text("management.server.port"))), 0), ui::manage);
      System.out.println("kafka-ui: serving " + browsers.getAddress());
    } catch (Exception problem) {
      System.err.println("kafka-ui: refused to start: " + problem);
      System.exit(1);
    }
  }

  private static void start(HttpServer server, HttpHandler handler) {
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", exchange -> {
      try (exchange) {
        handler.handle(exchange);
      }
    });
    server.start();
  }

  private void browse(HttpExchange exchange) throws IOException {
    try {
      if (!login.handle(exchange)) protectedPath(exchange);
    } catch (Exception problem) {
      System.err.println("kafka-ui: " + exchange.getRequestURI().getPath() + ": " + problem);
      if (exchange.getResponseCode() < 0) answer(exchange, 500, "application/json", "{\"code\":5000}");
    }
    answers.computeIfAbsent(exchange.getResponseCode(), code -> new LongAdder()).increment();
  }

  private void protectedPath(HttpExchange exchange) throws Exception {
    String path = exchange.getRequestURI().getPath();
    Optional<Login.User> user = login.user(exchange);
    if (user.isEmpty()) {
      if (path.startsWith("/api/")) answer(exchange, 401, "application/json", "{\"code\":4010}");
      else redirect(exchange, "/login");
    } else if (path.equals("/")) {
      answer(exchange, 200, "text/plain; charset=utf-8", user.get().name() + ": see /api/clusters\n");
    } else {
      Object found = exchange.getRequestMethod().equals("GET") ? found(user.get(), path.split("/")) : null;
      answer(exchange, found == null ? 404 : 200, "application/json", JSON.writeValueAsString(found));
    }
  }

  /** What is at `/api/clusters[/<name>/<what>]`, or null. */
  private Object found(Login.User user, String[] path) throws Exception {
    if (path.length < 3 || !path[1].equals("api") || !path[2].equals("clusters")) return null;
    var seen = clusters.stream().filter(cluster -> login.may(user, cluster.name, "clusterconfig"));
    if (path.length == 3) return seen.map(Cluster::summary).toList();
    Optional<Cluster> cluster = seen.filter(each -> each.name.equals(path[3])).findFirst();
    if (cluster.isEmpty() || path.length != 5) return null;
    return switch (path[4]) {
      case "topics" -> login.may(user, path[3], "topic") ? cluster.get().topicPage() : null;
      case "schemas" -> login.may(user, path[3], "schema") ? cluster.get().schemas() : null;
      case "connects" -> login.may(user, path[3], "connect") ? cluster.get().connects() : null;
      default -> null;
    };
  }

  private void manage(HttpExchange exchange) throws IOException {
    switch (exchange.getRequestURI().getPath()) {
      case "/actuator/health", "/actuator/health/liveness", "/actuator/health/readiness" -> answer(exchange, 200, "application/json", "{\"status\":\"UP\"}");
      case "/actuator/prometheus" -> answer(exchange, 200, "text/plain; version=0.0.4", metrics());
      default -> answer(exchange, 404, "application/json", "{\"status\":404}");
    }
  }

  private String metrics() {
    StringBuilder text = new StringBuilder();
    ManagementFactory.getMemoryPoolMXBeans().forEach(pool -> {
      String labels = "{area=\"%s\",id=\"%s\"}".formatted(pool.getType().name().startsWith("HEAP") ? "heap" : "nonheap", pool.getName());
      text.append("jvm_memory_used_bytes%s %d\n".formatted(labels, pool.getUsage().getUsed()));
      text.append("jvm_memory_max_bytes%s %d\n".formatted(labels, pool.getUsage().getMax()));
    });
    text.append("jvm_threads_live_threads %d\n".formatted(ManagementFactory.getThreadMXBean().getThreadCount()));
    text.append("process_uptime_seconds %.3f\n".formatted(ManagementFactory.getRuntimeMXBean().getUptime() / 1000.0));
    answers.forEach((status, count) -> text.append("http_server_requests_seconds_count{status=\"%d\"} %d\n".formatted(status, count.sum())));
    return text.toString();
  }

  private static SSLContext tls(Settings files) throws Exception {
    Certificate[] chain;
    try (InputStream pem = Files.newInputStream(Path.of(files.text("certificate")))) {
      chain = CertificateFactory.getInstance("X.509").generateCertificates(pem).toArray(Certificate[]::new);
    }
    String key = Files.readString(Path.of(files.text("certificate-private-key"))).replaceAll("-----[A-Z ]+-----", "");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(key));
    PrivateKey secret = KeyFactory.getInstance(chain[0].getPublicKey().getAlgorithm()).generatePrivate(encoded);
    store.setKeyEntry("server", secret, new char[0], chain);
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  /** JSON from another service; the JVM's trust store says whom to believe. */
  static JsonNode fetch(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> response = HTTP.send(request.timeout(Duration.ofSeconds(10)).build(), BodyHandlers.ofString());
    if (response.statusCode() != 200) throw new IOException(response.uri() + " answered " + response.statusCode());
    return JSON.readTree(response.body());
  }

  static void redirect(HttpExchange exchange, String to) throws IOException {
    exchange.getResponseHeaders().set("Location", to);
    exchange.sendResponseHeaders(302, -1);
  }

  static void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, exchange.getRequestMethod().equals("HEAD") ? -1 : bytes.length);
    if (!exchange.getRequestMethod().equals("HEAD")) exchange.getResponseBody().write(bytes);
  }
}
