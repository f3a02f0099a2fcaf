package dev.penstock.gateway.admin;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A path with parameters in braces: {@code /v1/volumes/{volume}}. */
record PathTemplate(String text, List<Segment> segments) {
  /** What stands between two slashes. */
  sealed interface Segment {
    record Literal(String text) implements Segment {}

    record Parameter(String name) implements Segment {}
  }

  static PathTemplate of(String text) {
    if (!text.startsWith("/")) throw new IllegalArgumentException(text + " is no path");
    List<Segment> segments = new ArrayList<>();
    for (String part : split(text))
      segments.add(
          part.startsWith("{") && part.endsWith("}")
              ? new Segment.Parameter(part.substring(1, part.length() - 1))
              : new Segment.Literal(part));
    return new PathTemplate(text, List.copyOf(segments));
  }

  /** The raw segments of a path; one slash at the end is forgiven. */
  static List<String> split(String path) {
    String[] parts = path.substring(1).split("/", -1);
    int length = parts.length > 1 && parts[parts.length - 1].isEmpty() ? 1 : 0;
    return List.of(parts).subList(0, parts.length - length);
  }

  /** The decoded parameters of a path that matches. A parameter is never empty. */
  Optional<Map<String, String>> match(List<String> raw) {
    if (raw.size() != segments.size()) return Optional.empty();
    Map<String, String> parameters = new HashMap<>();
    for (int i = 0; i < raw.size(); i++) {
      String part = raw.get(i);
      boolean fits =
          switch (segments.get(i)) {
            case Segment.Literal(var text) -> text.equals(part);
            case Segment.Parameter(var name) -> {
              if (!part.isEmpty()) parameters.put(name, decode(part));
              yield !part.isEmpty();
            }
          };
      if (!fits) return Optional.empty();
    }
    return Optional.of(parameters);
  }

  /** The same shape, whatever the parameters are called: no path could tell the two apart. */
  String shape() {
    var shape = new StringBuilder();
    for (Segment segment : segments)
      shape
          .append('/')
          .append(
              switch (segment) {
                case Segment.Literal(var text) -> text;
                case Segment.Parameter _ -> "{}";
              });
    return shape.toString();
  }

  /** Literals first, from the left: the order in which templates are tried. */
  String rank() {
    var rank = new StringBuilder();
    for (Segment segment : segments) rank.append(segment instanceof Segment.Literal ? 'a' : 'b');
    return rank.toString();
  }

  /** The path that somebody may have meant: this template with his own parameters. */
  Optional<String> filledFrom(List<String> raw) {
    if (raw.size() != segments.size()) return Optional.empty();
    var path = new StringBuilder();
    for (int i = 0; i < raw.size(); i++)
      path.append('/')
          .append(segments.get(i) instanceof Segment.Literal(var text) ? text : raw.get(i));
    return Optional.of(path.toString());
  }

  private static String decode(String part) {
    try {
      // '+' is a space in forms only, and a plus sign in a path.
      return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest("the path has a broken %-escape in \"" + part + "\"");
    }
  }
}
