package dev.penstock.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.ExitCode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The wire of a peer: what comes in goes to its socket, what comes back goes out, and no more. */
@SuppressWarnings("NullAway.Init") // made before each test
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StdioCliTest {
  private static final int MUCH = 3 << 20;

  @TempDir Path folder;

  private final ByteArrayOutputStream raw = new ByteArrayOutputStream();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  /** Somebody who serves one connection. */
  private interface Talk {
    void with(SocketChannel one) throws IOException;
  }

  private Path serve(String name, Talk talk) throws IOException {
    Path path = folder.resolve(name);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try (server;
              SocketChannel one = server.accept()) {
            talk.with(one);
          } catch (IOException _) {
            // The test sees what came of it.
          }
        });
    return path;
  }

  /** A gateway that answers one call, whatever it is. */
  private Path admin(int status, String body) throws IOException {
    return serve(
        "admin.sock",
        one -> {
          var got = new StringBuilder();
          ByteBuffer piece = ByteBuffer.allocate(1024);
          while (!got.toString().endsWith("\r\n\r\n") && one.read(piece) >= 0) {
            got.append(StandardCharsets.ISO_8859_1.decode(piece.flip()));
            piece.clear();
          }
          assertThat(got.toString()).startsWith("GET /v1/peers/laptop HTTP/1.1");
          send(
              one,
              "HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                  .formatted(status, body.length(), body)
                  .getBytes(StandardCharsets.ISO_8859_1));
        });
  }

  private static void send(SocketChannel to, byte[] bytes) throws IOException {
    ByteBuffer from = ByteBuffer.wrap(bytes);
    while (from.hasRemaining()) to.write(from);
  }

  private static void echo(SocketChannel one) throws IOException {
    ByteBuffer piece = ByteBuffer.allocate(10_000);
    while (one.read(piece) >= 0) {
      piece.flip();
      while (piece.hasRemaining()) one.write(piece);
      piece.clear();
    }
    send(one, "after your end".getBytes(StandardCharsets.UTF_8));
  }

  private ExitCode stdio(Path admin, InputStream in, OutputStream to) {
    var terminal =
        new Terminal(
            new PrintWriter(out, true), new PrintWriter(err, true), false, Optional::empty, in, to);
    return Cli.execute(
        terminal,
        Map.of("PENSTOCK_SOCKET", admin.toString()),
        Typed.NO_DAEMON,
        "stdio",
        "--as",
        "laptop");
  }

  private static String socketOf(Path path) {
    return "{\"name\":\"laptop\",\"socket\":\"%s\"}".formatted(path);
  }

  private static byte[] much() {
    byte[] bytes = new byte[MUCH];
    for (int i = 0; i < MUCH; i++) bytes[i] = (byte) (i * 31 + i / 251);
    return bytes;
  }

  @Test
  void everyByteGoesThereAndBackAlsoAfterTheEndOfWhatComesIn() throws Exception {
    Path admin = admin(200, socketOf(serve("peer.sock", StdioCliTest::echo)));
    byte[] sent = much();

    ExitCode exit = stdio(admin, new ByteArrayInputStream(sent), raw);

    assertThat(exit).isEqualTo(ExitCode.DONE);
    byte[] seen = raw.toByteArray();
    assertThat(seen).hasSize(MUCH + "after your end".length()).startsWith(sent);
    assertThat(new String(seen, MUCH, seen.length - MUCH, StandardCharsets.UTF_8))
        .isEqualTo("after your end");
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void theGatewaysEndIsTheEndThoughNothingMoreComesIn() throws Exception {
    Path peer = serve("peer.sock", one -> send(one, "bye".getBytes(StandardCharsets.UTF_8)));
    try (var silent = new PipedOutputStream();
        var never = new PipedInputStream(silent)) {
      assertThat(stdio(admin(200, socketOf(peer)), never, raw)).isEqualTo(ExitCode.DONE);
    }
    assertThat(raw.toString(StandardCharsets.UTF_8)).isEqualTo("bye");
  }

  @Test
  void whoReadsNoMoreEndsItWithAMessage() throws Exception {
    Path peer = serve("peer.sock", one -> send(one, much()));
    OutputStream gone =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };

    assertThat(stdio(admin(200, socketOf(peer)), InputStream.nullInputStream(), gone))
        .isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("Broken pipe");
  }

  @Test
  void everyRefusalIsSaidBesideAndNothingGoesOut() throws Exception {
    String problem = "{\"type\":\"urn:x:not-found\",\"detail\":\"there is no peer laptop\"}";
    assertThat(stdio(admin(404, problem), InputStream.nullInputStream(), raw))
        .isEqualTo(ExitCode.NOT_FOUND);
    assertThat(err.toString()).isEqualTo("penstock: there is no peer laptop\n");
    assertThat(raw.size()).isZero();
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aPeerWithoutASocketOrWithNobodyBehindItIsSaidToBeSo() throws Exception {
    assertThat(stdio(admin(200, "{}"), InputStream.nullInputStream(), raw))
        .isEqualTo(ExitCode.CONFLICT);
    assertThat(err.toString()).contains("unix socket");
    Files.delete(folder.resolve("admin.sock"));
    assertThat(
            stdio(
                admin(200, socketOf(folder.resolve("nobody"))), InputStream.nullInputStream(), raw))
        .isEqualTo(ExitCode.UNREACHABLE);
    assertThat(stdio(folder.resolve("none"), InputStream.nullInputStream(), raw))
        .isEqualTo(ExitCode.UNREACHABLE);
    assertThat(raw.size()).isZero();
  }
}
