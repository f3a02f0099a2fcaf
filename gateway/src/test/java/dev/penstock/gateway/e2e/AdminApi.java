package dev.penstock.gateway.e2e;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The admin API, spoken by hand: one connection for each call, so that nothing is hidden. */
final class AdminApi {
  /** What came back. */
  record Answer(int status, String head, String body) {
    JsonObject json() {
      return new JsonObject(body);
    }
  }

  private static final Pattern CONTENT_LENGTH = Pattern.compile("content-length: *([0-9]+)");

  private final SocketAddress address;

  AdminApi(Path socket) {
    this.address = UnixDomainSocketAddress.of(socket);
  }

  AdminApi(int port) {
    this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  Answer get(String path) throws IOException {
    return call("GET", path, Map.of(), new byte[0]);
  }

  Answer call(String method, String path, Map<String, String> headers, byte[] body)
      throws IOException {
    StringBuilder head = new StringBuilder("%s %s HTTP/1.1\r\n".formatted(method, path));
    if (!headers.containsKey("Host")) head.append("Host: 127.0.0.1\r\n");
    headers.forEach((name, value) -> head.append("%s: %s\r\n".formatted(name, value)));
    if (body.length > 0 || !method.equals("GET"))
      head.append("Content-Length: %d\r\n".formatted(body.length));
    head.append("Connection: close\r\n\r\n");
    try (SocketChannel channel = open()) {
      send(channel, head.toString().getBytes(StandardCharsets.ISO_8859_1));
      send(channel, body);
      return parse(receiveAll(channel));
    }
  }

  /** Whether somebody is there who answers so. */
  boolean answers(String path, int status) {
    try {
      return get(path).status() == status;
    } catch (IOException _) {
      return false;
    }
  }

  private SocketChannel open() throws IOException {
    if (address instanceof InetSocketAddress) return SocketChannel.open(address);
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(address);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static void send(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) channel.write(left);
  }

  private static byte[] receiveAll(SocketChannel channel) throws IOException {
    var all = new ByteArrayOutputStream();
    ByteBuffer piece = ByteBuffer.allocate(8192);
    while (channel.read(piece.clear()) >= 0) all.write(piece.array(), 0, piece.position());
    return all.toByteArray();
  }

  private static Answer parse(byte[] received) throws IOException {
    // One character a byte, as lengths count them.
    String text = new String(received, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) throw new IOException("no answer, but \"" + text + "\"");
    String head = text.substring(0, end);
    String body = text.substring(end + 4);
    int status = Integer.parseInt(head.substring(9, 12));
    byte[] whole = whole(head.toLowerCase(Locale.ROOT), body).getBytes(StandardCharsets.ISO_8859_1);
    return new Answer(status, head, new String(whole, StandardCharsets.UTF_8));
  }

  /** The body, if all of it has come: who is killed while it answers leaves it cut short. */
  private static String whole(String head, String body) throws IOException {
    if (head.contains("transfer-encoding: chunked")) return joined(body);
    Matcher length = CONTENT_LENGTH.matcher(head);
    int told = length.find() ? Integer.parseInt(length.group(1)) : 0;
    if (body.length() < told) throw cutShort(body);
    return body;
  }

  private static String joined(String chunks) throws IOException {
    StringBuilder body = new StringBuilder();
    for (int at = 0; ; ) {
      int line = chunks.indexOf("\r\n", at);
      if (line < 0) throw cutShort(chunks);
      int length = Integer.parseInt(chunks.substring(at, line).strip(), 16);
      if (length == 0) return body.toString();
      int end = line + 2 + length;
      if (end + 2 > chunks.length()) throw cutShort(chunks);
      body.append(chunks, line + 2, end);
      at = end + 2;
    }
  }

  private static IOException cutShort(String body) {
    return new IOException("an answer that ends too early: \"" + body + "\"");
  }
}
