package dev.penstock.gateway.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * An answer whose body is still on the wire. A body that ends too early is an {@link EOFException}:
 * half a list must never look like a short one.
 */
record HttpAnswer(int status, Map<String, String> headers, InputStream body) {
  private static final int HEAD_BYTES_MAX = 64 << 10;

  /** Reads the head (RFC 9112 §4, §5); interim answers are skipped. */
  static HttpAnswer read(InputStream in) throws IOException {
    var head = new Head(in);
    while (true) {
      String[] status = head.line().split(" ", 3);
      if (status.length < 2 || !status[0].startsWith("HTTP/1.") || !status[1].matches("\\d{3}"))
        throw new IOException("what answers there does not speak HTTP");
      Map<String, String> headers = head.fields();
      int code = Integer.parseInt(status[1]);
      if (code >= 200) return new HttpAnswer(code, headers, body(code, headers, in));
    }
  }

  private static InputStream body(int status, Map<String, String> headers, InputStream in)
      throws IOException {
    if (status == 204 || status == 304) return InputStream.nullInputStream();
    if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked"))
      return new ChunkedBody(in);
    String length = headers.get("content-length");
    if (length == null) return in;
    if (!length.matches("\\d{1,18}")) throw new IOException("a broken Content-Length: " + length);
    return new SizedBody(in, Long.parseLong(length));
  }

  /** The lines of a head, within a limit. */
  private static final class Head {
    private final InputStream in;
    private int bytes;

    Head(InputStream in) {
      this.in = in;
    }

    String line() throws IOException {
      var line = new StringBuilder();
      while (true) {
        int b = in.read();
        if (b < 0) throw new EOFException("the connection ended in the middle of the answer");
        if (++bytes > HEAD_BYTES_MAX) throw new IOException("the head of the answer is too long");
        if (b == '\n') break;
        line.append((char) b);
      }
      int end = line.length();
      return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
    }

    Map<String, String> fields() throws IOException {
      Map<String, String> fields = new TreeMap<>();
      for (String line = line(); !line.isEmpty(); line = line()) {
        int colon = line.indexOf(':');
        if (colon > 0)
          fields.put(
              line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
      return fields;
    }
  }

  String text() throws IOException {
    return new String(body.readAllBytes(), StandardCharsets.UTF_8);
  }
}
