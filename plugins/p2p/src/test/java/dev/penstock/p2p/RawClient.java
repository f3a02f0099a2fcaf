package dev.penstock.p2p;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** A socket that says exactly what it is told to, and reads whole answers. */
public final class RawClient implements AutoCloseable {
  /**
   * An answer.
   *
   * @param headers by their names in small letters
   */
  public record Answer(int status, Map<String, String> headers, Buffer bytes) {
    public String body() {
      return bytes.toString(ISO_8859_1);
    }

    public JsonObject json() {
      if (!body().startsWith("{")) throw new AssertionError("%d: %s".formatted(status, body()));
      return new JsonObject(body());
    }

    public String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }
  }

  private static final int LIMIT_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;

  public RawClient(int port) {
    this(port, 0);
  }

  /**
   * @param receiveBytes of the socket's buffer; 0 for the system's usual
   */
  public RawClient(int port, int receiveBytes) {
    try {
      socket = new Socket();
      if (receiveBytes > 0) socket.setReceiveBufferSize(receiveBytes);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), LIMIT_MILLIS);
      socket.setSoTimeout(LIMIT_MILLIS);
      socket.setTcpNoDelay(true);
      in = socket.getInputStream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public RawClient send(String text) {
    return send(text.getBytes(ISO_8859_1));
  }

  public RawClient send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A request without a body. */
  public Answer ask(String method, String path, String... headers) {
    return ask(method, path, "", headers);
  }

  public Answer post(String path, String... headers) {
    return ask("POST", path, headers);
  }

  /** A request with a body, in one packet. */
  public Answer ask(String method, String path, String body, String[] headers) {
    send(request(method, path, body, headers));
    return read(method.equals("HEAD"));
  }

  public static String request(String method, String path, String body, String... headers) {
    return "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n%s\r\n%s"
        .formatted(method, path, body.length(), lines(headers), body);
  }

  public static String lines(String... headers) {
    var lines = new StringBuilder();
    for (String header : headers) lines.append(header).append("\r\n");
    return lines.toString();
  }

  public Answer read() {
    return read(false);
  }

  public Answer read(boolean head) {
    try {
      String[] status = line().split(" ", 3);
      Map<String, String> headers = new HashMap<>();
      for (String line = line(); !line.isEmpty(); line = line()) {
        int colon = line.indexOf(':');
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
      int code = Integer.parseInt(status[1]);
      byte[] body = head || code == 304 ? new byte[0] : body(headers);
      return new Answer(code, headers, Buffer.buffer(body));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] body(Map<String, String> headers) throws IOException {
    if (!"chunked".equals(headers.get("transfer-encoding")))
      return exactly(Integer.parseInt(headers.getOrDefault("content-length", "0")));
    var body = new ByteArrayOutputStream();
    while (true) {
      int length = Integer.parseInt(line(), 16);
      body.write(exactly(length));
      line();
      if (length == 0) return body.toByteArray();
    }
  }

  private byte[] exactly(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length)
      throw new EOFException("%d of %d bytes".formatted(bytes.length, length));
    return bytes;
  }

  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int one = in.read(); one != '\n'; one = in.read()) {
      if (one < 0) throw new EOFException("closed after \"" + line + "\"");
      if (one != '\r') line.write(one);
    }
    return line.toString(ISO_8859_1);
  }

  /** Whether the server has ended the connection; waits for it, or for a byte. */
  public boolean isClosed() {
    try {
      return in.read() < 0;
    } catch (IOException _) {
      return true; // reset
    }
  }

  /** Reads so many bytes of whatever comes. */
  public byte[] readSome(int count) {
    try {
      return exactly(count);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads whatever comes, until the end. */
  public byte[] rest() {
    try {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a reset: what was not read is lost. */
  public void abort() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
