import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jose4j.jwk.HttpsJwks;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumer;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.keys.resolvers.HttpsJwksVerificationKeyResolver;

/** Who may see what: a form with one user, or OpenID Connect with the roles of `rbac`. Sessions are in memory. */
final class Login {
  private static final String COOKIE = "SESSION";
  private static final SecureRandom RANDOM = new SecureRandom();

  /** @param roles names of `rbac` that the person has */
  record User(String name, Set<String> roles, Instant until) {}

  private record Pending(String nonce, Instant until) {}

  private final Settings settings;
  private final boolean form;
  private final Duration lifetime;
  private final Map<String, User> sessions = new ConcurrentHashMap<>();
  private final Map<String, Pending> pending = new ConcurrentHashMap<>();

  Login(Settings settings) {
    this.settings = settings;
    String type = settings.text("auth.type");
    if (!Set.of("LOGIN_FORM", "OAUTH2").contains(type)) throw new IllegalArgumentException("auth.type " + type + " is unknown to this stand-in");
    form = type.equals("LOGIN_FORM");
    lifetime = settings.duration("server.reactive.session.timeout", "30m");
  }

  Optional<User> user(HttpExchange exchange) {
    return cookie(exchange).map(sessions::get).filter(user -> user.until().isAfter(Instant.now()));
  }

  /** Without any role in the file everybody may do everything, as with the real one. */
  boolean may(User user, String cluster, String resource) {
    List<Settings> roles = settings.each("rbac.roles");
    return roles.isEmpty() || roles.stream()
        .filter(role -> user.roles().contains(role.text("name")) && ((List<?>) role.find("clusters").orElseThrow()).contains(cluster))
        .flatMap(role -> role.each("permissions").stream())
        .anyMatch(right -> right.text("resource").equals(resource) && views((List<?>) right.find("actions").orElseThrow()));
  }

  private static boolean views(List<?> actions) {
    return actions.contains("view") || actions.contains("all");
  }

  /** @return whether the request was one of a login */
  boolean handle(HttpExchange exchange) throws Exception {
    String path = exchange.getRequestURI().getPath();
    Settings clients = settings.part("auth.oauth2.client");
    String client = path.substring(path.lastIndexOf('/') + 1);
    boolean known = !form && clients.values().containsKey(client);
    switch (exchange.getRequestMethod() + " " + path) {
      case "GET /login" -> KafkaUi.answer(exchange, 200, "text/html", page(clients));
      case "POST /login" -> submitted(exchange);
      default -> {
        if (known && path.equals("/oauth2/authorization/" + client)) authorize(exchange, clients.part(client));
        else if (known && path.equals("/login/oauth2/code/" + client)) authorized(exchange, clients.part(client));
        else return false;
      }
    }
    return true;
  }

  private String page(Settings clients) {
    String way = form
        ? "<form method=post><input name=username><input name=password type=password><button>Log in</button></form>"
        : clients.values().keySet().stream().map("<a href=\"/oauth2/authorization/%1$s\">%1$s</a>"::formatted).collect(Collectors.joining());
    return "<!DOCTYPE html><html><title>Log in (stand-in for Kafka-UI)</title>" + way + "</html>";
  }

  private void submitted(HttpExchange exchange) throws IOException {
    Map<String, String> fields = decoded(new String(exchange.getRequestBody().readNBytes(10_000), StandardCharsets.UTF_8));
    Settings user = settings.part("spring.security.user");
    boolean right = form && same(fields.get("username"), user.text("name")) && same(fields.get("password"), user.text("password"));
    if (right) begin(exchange, user.text("name"), Set.of());
    else KafkaUi.redirect(exchange, "/login?error");
  }

  private void authorize(HttpExchange exchange, Settings client) throws IOException {
    pending.values().removeIf(login -> login.until().isBefore(Instant.now()));
    sessions.values().removeIf(user -> user.until().isBefore(Instant.now()));
    String state = secret();
    String nonce = secret();
    pending.put(state, new Pending(nonce, Instant.now().plusSeconds(600)));
    setCookie(exchange, state); // only the browser that began a login can end it
    Map<String, String> query = new LinkedHashMap<>();
    query.put("response_type", "code");
    query.put("client_id", client.text("client-id"));
    query.put("scope", client.text("scope"));
    query.put("state", state);
    query.put("redirect_uri", client.text("redirect-uri"));
    query.put("nonce", nonce);
    KafkaUi.redirect(exchange, client.text("authorization-uri") + "?" + encoded(query));
  }

  private void authorized(HttpExchange exchange, Settings client) throws Exception {
    Map<String, String> query = decoded(Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse(""));
    String state = query.getOrDefault("state", "");
    Pending login = pending.remove(state);
    if (login == null || login.until().isBefore(Instant.now()) || !cookie(exchange).equals(Optional.of(state)) || query.get("code") == null) {
      KafkaUi.redirect(exchange, "/login?error");
      return;
    }
    try {
      Map<String, Object> claims = claims(client, query.get("code"), login.nonce());
      String name = String.valueOf(claims.get(client.text("user-name-attribute", "sub")));
      Object values = claims.getOrDefault(client.text("custom-params.roles-field", ""), List.of());
      begin(exchange, name, roles(name, values instanceof List<?> list ? list : List.of(values)));
    } catch (IOException | InvalidJwtException problem) {
      // The second kind has the whole token in its message.
      System.err.println("kafka-ui: a login failed: " + (problem instanceof IOException ? problem.toString() : problem.getClass().getName()));
      KafkaUi.redirect(exchange, "/login?error");
    }
  }

  /** What the provider says of the person, in the ID token and when asked. */
  private static Map<String, Object> claims(Settings client, String code, String nonce) throws Exception {
    String basic = encode(client.text("client-id")) + ":" + encode(client.text("client-secret"));
    var exchanged = Map.of("grant_type", "authorization_code", "code", code, "redirect_uri", client.text("redirect-uri"));
    JsonNode tokens = KafkaUi.fetch(HttpRequest.newBuilder(URI.create(client.text("token-uri")))
        .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(basic.getBytes(StandardCharsets.UTF_8)))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(BodyPublishers.ofString(encoded(exchanged))));
    JwtConsumer consumer = new JwtConsumerBuilder()
        .setVerificationKeyResolver(new HttpsJwksVerificationKeyResolver(new HttpsJwks(client.text("jwk-set-uri"))))
        .setExpectedAudience(client.text("client-id"))
        .setRequireExpirationTime()
        .setAllowedClockSkewInSeconds(60)
        .build();
    JwtClaims identity = consumer.processToClaims(tokens.path("id_token").asText());
    if (!nonce.equals(identity.getClaimValue("nonce"))) throw new IOException("the ID token is of another login");
    Map<String, Object> claims = new HashMap<>(identity.getClaimsMap());
    if (client.find("user-info-uri").isPresent()) {
      JsonNode person = KafkaUi.fetch(HttpRequest.newBuilder(URI.create(client.text("user-info-uri")))
          .header("Authorization", "Bearer " + tokens.path("access_token").asText()));
      if (!person.path("sub").asText().equals(identity.getSubject())) throw new IOException("the user info is of another person");
      claims.putAll(KafkaUi.JSON.convertValue(person, new TypeReference<Map<String, Object>>() {}));
    }
    return claims;
  }

  private Set<String> roles(String name, List<?> values) {
    Set<String> roles = new HashSet<>();
    for (Settings role : settings.each("rbac.roles")) {
      for (Settings subject : role.each("subjects")) {
        boolean oauth = subject.text("provider").equalsIgnoreCase("oauth");
        boolean fits = subject.text("type").equals("user") ? subject.text("value").equals(name) : values.contains(subject.text("value"));
        if (oauth && fits) roles.add(role.text("name"));
      }
    }
    return roles;
  }

  private void begin(HttpExchange exchange, String name, Set<String> roles) throws IOException {
    String id = secret();
    sessions.put(id, new User(name, roles, Instant.now().plus(lifetime)));
    setCookie(exchange, id);
    KafkaUi.redirect(exchange, "/");
  }

  private static void setCookie(HttpExchange exchange, String value) {
    exchange.getResponseHeaders().add("Set-Cookie", COOKIE + "=" + value + "; Path=/; Secure; HttpOnly; SameSite=Lax");
  }

  private static Optional<String> cookie(HttpExchange exchange) {
    return exchange.getRequestHeaders().getOrDefault("Cookie", List.of()).stream().flatMap(line -> List.of(line.split(";\\s*")).stream())
        .filter(each -> each.startsWith(COOKIE + "=")).map(each -> each.substring(COOKIE.length() + 1)).findFirst();
  }

  private static String secret() {
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static boolean same(String given, String right) {
    return given != null && MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String encoded(Map<String, String> fields) {
    return fields.entrySet().stream().map(field -> field.getKey() + "=" + encode(field.getValue())).collect(Collectors.joining("&"));
  }

  private static Map<String, String> decoded(String form) {
    Map<String, String> fields = new HashMap<>();
    for (String field : form.split("&")) {
      String[] parts = field.split("=", 2);
      if (parts.length == 2) fields.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return fields;
  }
}
