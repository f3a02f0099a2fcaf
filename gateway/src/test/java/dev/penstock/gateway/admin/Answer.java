package dev.penstock.gateway.admin;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** An answer as it came over the wire. */
record Answer(int status, Map<String, String> headers, String body) {
  /** Reads all that came until the connection ended; chunks are put together. */
  static Answer parse(String text) {
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) throw new AssertionError("no whole head in: " + text);
    List<String> lines = text.substring(0, end).lines().toList();
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String line : lines.subList(1, lines.size())) {
      String[] pair = line.split(":", 2);
      headers.put(pair[0], pair[1].strip());
    }
    String rest = text.substring(end + 4);
    boolean chunked = "chunked".equalsIgnoreCase(headers.get("Transfer-Encoding"));
    return new Answer(
        Integer.parseInt(lines.getFirst().substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length())),
        headers,
        chunked ? join(rest) : rest);
  }

  private static String join(String chunked) {
    var whole = new StringBuilder();
    int at = 0;
    while (true) {
      int line = chunked.indexOf("\r\n", at);
      if (line < 0) throw new AssertionError("the answer is cut short");
      int length = Integer.parseInt(chunked.substring(at, line), 16);
      if (length == 0) return whole.toString();
      whole.append(chunked, line + 2, line + 2 + length);
      at = line + 2 + length + 2;
    }
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  JsonObject json() {
    return new JsonObject(body);
  }

  String problem() {
    return json().getString("type").replace(Problem.TYPE_PREFIX, "");
  }

  String detail() {
    return json().getString("detail");
  }
}
