import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** A part of the YAML file, with Spring's placeholders filled in and keys as loose as Spring's: `clientId` is `client-id`. */
record Settings(Map<String, Object> values) {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}:]+)(?::([^}]*))?}");

  static Settings read(Path file) throws IOException {
    try (Reader reader = Files.newBufferedReader(file)) {
      return of(filled(new Yaml(new SafeConstructor(new LoaderOptions())).load(reader)));
    }
  }

  /** @param path keys with dots between them */
  Optional<Object> find(String path) {
    Object found = values;
    for (String key : path.split("\\.")) {
      found = found instanceof Map<?, ?> map
          ? map.entrySet().stream().filter(entry -> loose(entry.getKey()).equals(loose(key))).map(Map.Entry::getValue).findFirst().orElse(null)
          : null;
    }
    return Optional.ofNullable(found);
  }

  String text(String path) {
    return find(path).map(Object::toString).orElseThrow(() -> new IllegalArgumentException("the setting " + path + " is missing"));
  }

  String text(String path, String otherwise) {
    return find(path).map(Object::toString).orElse(otherwise);
  }

  Settings part(String path) {
    return of(find(path).orElse(Map.of()));
  }

  /** The entries of a list; none where there is no such list. */
  List<Settings> each(String path) {
    return find(path).map(list -> ((List<?>) list).stream().map(Settings::of).toList()).orElse(List.of());
  }

  /** As Spring writes them: 90s, 30m, 8h. */
  Duration duration(String path, String otherwise) {
    String text = text(path, otherwise).toUpperCase();
    return Duration.parse(text.endsWith("D") ? "P" + text : "PT" + text);
  }

  private static Settings of(Object map) {
    Map<String, Object> values = new LinkedHashMap<>();
    ((Map<?, ?>) map).forEach((key, value) -> values.put(key.toString(), value));
    return new Settings(values);
  }

  private static Object filled(Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        Map<Object, Object> copy = new LinkedHashMap<>();
        map.forEach((key, inner) -> copy.put(key, filled(inner)));
        yield copy;
      }
      case List<?> list -> list.stream().map(Settings::filled).toList();
      case String text -> PLACEHOLDER.matcher(text).replaceAll(found -> Matcher.quoteReplacement(variable(found)));
      case null -> "";
      default -> value;
    };
  }

  private static String variable(MatchResult placeholder) {
    String value = Optional.ofNullable(System.getenv(placeholder.group(1))).orElse(placeholder.group(2));
    if (value == null) throw new IllegalArgumentException("the environment has no " + placeholder.group(1));
    return value;
  }

  private static String loose(Object key) {
    return key.toString().replace("-", "").toLowerCase();
  }
}
