package dev.penstock.p2p.annex;

import dev.penstock.spi.GatewayError;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A repository's {@code config}: sections, keys and values, the last of several. What it includes
 * is not read: git-annex writes what matters here into the file itself. Source: git's {@code
 * Documentation/config.txt}, "Syntax".
 */
final class GitConfig {
  private static final Set<String> TRUE = Set.of("true", "yes", "on", "1");

  private final Map<String, String> values = new HashMap<>();

  private GitConfig() {}

  /** {@link GatewayError.Damaged} names the line that is none. */
  static GitConfig parse(String called, String text) {
    var config = new GitConfig();
    String joined = text.replace("\r\n", "\n").replace("\\\n", "");
    String section = "";
    int number = 0;
    for (String raw : joined.split("\n", -1)) {
      number++;
      String line = raw.strip();
      if (line.startsWith("[")) {
        int end = sectionEnd(line);
        if (end < 0)
          throw new GatewayError.Damaged("%s:%d: a section without end".formatted(called, number));
        section = section(line.substring(1, end));
        line = line.substring(end + 1).strip();
      }
      if (!line.isEmpty() && line.charAt(0) != '#' && line.charAt(0) != ';')
        config.add(section, line);
    }
    return config;
  }

  /** The bracket that ends it: one in quotes does not. */
  private static int sectionEnd(String line) {
    boolean quoted = false;
    for (int i = 1; i < line.length(); i++)
      switch (line.charAt(i)) {
        case '\\' -> i++;
        case '"' -> quoted = !quoted;
        case ']' -> {
          if (!quoted) return i;
        }
        default -> {}
      }
    return -1;
  }

  /** {@code remote "a"} is {@code remote.a}; only what is in quotes keeps its case. */
  private static String section(String inside) {
    int quote = inside.indexOf('"');
    if (quote < 0) return inside.strip().toLowerCase(Locale.ROOT);
    String name = inside.substring(0, quote).strip().toLowerCase(Locale.ROOT);
    int last = inside.lastIndexOf('"');
    return name + "." + inside.substring(quote + 1, Math.max(quote + 1, last)).replace("\\", "");
  }

  private void add(String section, String line) {
    int equals = line.indexOf('=');
    String key = (equals < 0 ? line : line.substring(0, equals)).strip().toLowerCase(Locale.ROOT);
    // A key alone is true.
    String value = equals < 0 ? "true" : value(line.substring(equals + 1).strip());
    values.put(section + "." + key, value);
  }

  private static String value(String written) {
    var out = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < written.length(); i++) {
      char letter = written.charAt(i);
      if (letter == '"') quoted = !quoted;
      else if (letter == '\\' && i + 1 < written.length()) out.append(escaped(written.charAt(++i)));
      else if (!quoted && (letter == '#' || letter == ';')) break;
      else out.append(letter);
    }
    return out.toString().stripTrailing();
  }

  private static char escaped(char letter) {
    return switch (letter) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'b' -> '\b';
      default -> letter;
    };
  }

  /**
   * @param key in small letters: {@code annex.uuid}
   */
  Optional<String> text(String key) {
    return Optional.ofNullable(values.get(key));
  }

  boolean isSet(String key) {
    return text(key).map(value -> TRUE.contains(value.toLowerCase(Locale.ROOT))).orElse(false);
  }

  /** Whether any key begins so. */
  Optional<String> startingWith(String prefix) {
    return values.keySet().stream().filter(key -> key.startsWith(prefix)).sorted().findFirst();
  }
}
