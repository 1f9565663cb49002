package io.confluent.connect.avro;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.apicurio.registry.serde.avro.NonRecordContainer;
import io.apicurio.registry.utils.converter.avro.AvroData;
import io.apicurio.registry.utils.converter.avro.AvroDataConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.storage.Converter;

/** Confluent's Avro converter as far as the platform configures it: its property names, wire format and registry calls. */
public final class AvroConverter implements Converter {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<Schema, Map<String, Integer>> ids = new ConcurrentHashMap<>();
  private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
  private AvroData data;
  private HttpClient http;
  private String suffix;
  private String registration;
  private String[] urls;
  private String authorization;

  @Override
  public void configure(Map<String, ?> config, boolean isKey) {
    data = new AvroData(new AvroDataConfig(config));
    suffix = isKey ? "-key" : "-value";
    registration = "false".equals(option(config, "auto.register.schemas", "true")) ? "" : "/versions";
    urls = option(config, "schema.registry.url", "").split(",");
    if (urls[0].isBlank()) throw new ConnectException("schema.registry.url is missing");
    if ("USER_INFO".equals(option(config, "basic.auth.credentials.source", "URL"))) {
      byte[] user = option(config, "basic.auth.user.info", "").getBytes(StandardCharsets.UTF_8);
      authorization = "Basic " + Base64.getEncoder().encodeToString(user);
    }
    HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10));
    String authorities = option(config, "schema.registry.ssl.truststore.location", "");
    if (!authorities.isEmpty()) {
      String type = option(config, "schema.registry.ssl.truststore.type", "JKS");
      if (!type.equals("PEM")) throw new ConnectException("this sandbox's stand-in knows no trust store but PEM, not " + type);
      builder.sslContext(trusting(Path.of(authorities)));
    }
    http = builder.build();
  }

  @Override
  public byte[] fromConnectData(String topic, org.apache.kafka.connect.data.Schema schema, Object value) {
    if (schema == null && value == null) return null;
    Schema avro = data.fromConnectSchema(schema);
    Object datum = data.fromConnectData(schema, value);
    if (datum == null) return null;
    int id = ids.computeIfAbsent(avro, each -> new ConcurrentHashMap<>()).computeIfAbsent(topic + suffix, subject -> register(subject, avro));
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.write(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
      var encoder = EncoderFactory.get().directBinaryEncoder(out, null);
      new GenericDatumWriter<>(avro).write(datum instanceof NonRecordContainer<?> wrapped ? wrapped.getValue() : datum, encoder);
      return out.toByteArray();
    } catch (IOException e) {
      throw new DataException("value of " + topic + " does not fit its schema", e);
    }
  }

  @Override
  public SchemaAndValue toConnectData(String topic, byte[] bytes) {
    if (bytes == null) return SchemaAndValue.NULL;
    if (bytes.length < 5 || bytes[0] != 0) throw new DataException("a record of " + topic + " is not Avro with a schema id");
    Schema schema = schemas.computeIfAbsent(ByteBuffer.wrap(bytes, 1, 4).getInt(), this::schemaOf);
    try {
      var decoder = DecoderFactory.get().binaryDecoder(bytes, 5, bytes.length - 5, null);
      return data.toConnectData(schema, new GenericDatumReader<>(schema).read(null, decoder));
    } catch (IOException e) {
      throw new DataException("a record of " + topic + " does not fit its schema", e);
    }
  }

  private int register(String subject, Schema schema) {
    String path = "/subjects/" + URLEncoder.encode(subject, StandardCharsets.UTF_8) + registration;
    return call(path, JSON.createObjectNode().put("schema", schema.toString())).get("id").asInt();
  }

  private Schema schemaOf(int id) {
    return new Schema.Parser().parse(call("/schemas/ids/" + id, null).get("schema").asText());
  }

  /** Asks the registries in turn until one can be reached. */
  private JsonNode call(String path, JsonNode body) {
    IOException unreachable = null;
    for (String url : urls) {
      HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url.strip().replaceAll("/$", "") + path)).timeout(Duration.ofSeconds(30));
      request.header("Accept", "application/vnd.schemaregistry.v1+json, application/json");
      if (authorization != null) request.header("Authorization", authorization);
      if (body != null) {
        request.header("Content-Type", "application/vnd.schemaregistry.v1+json").POST(HttpRequest.BodyPublishers.ofString(body.toString()));
      }
      try {
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() == 200) return JSON.readTree(response.body());
        throw new DataException("schema registry answers " + response.statusCode() + " to " + path + ": " + response.body());
      } catch (IOException e) {
        unreachable = e;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ConnectException(e);
      }
    }
    throw new RetriableException("schema registry cannot be reached for " + path, unreachable);
  }

  private static SSLContext trusting(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (Certificate authority : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("authority-" + store.size(), authority);
      }
      TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new ConnectException("trust store " + file + " cannot be read", e);
    }
  }

  private static String option(Map<String, ?> config, String name, String otherwise) {
    Object value = config.get(name);
    return value == null ? otherwise : value.toString();
  }
}
