package dev.penstock.replication.flow;

import static dev.penstock.spi.testing.Settled.done;
import static dev.penstock.spi.testing.Settled.failure;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.flow.HttpLine.Asked;
import dev.penstock.replication.flow.HttpLine.Question;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClientOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpLineTest {
  /** More than the system takes at once. */
  private static final int LONG_BYTES = 64 << 20;

  private final Vertx vertx = Vertx.vertx();
  private ServerSocket server;
  private HttpLine line;
  private Socket other;

  @BeforeEach
  void connect() throws IOException {
    server = new ServerSocket();
    server.setReceiveBufferSize(4096);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    line =
        done(
            vertx
                .createNetClient(new NetClientOptions().setSoLinger(0))
                .connect(server.getLocalPort(), "127.0.0.1")
                .map(socket -> new HttpLine(socket, vertx.getOrCreateContext(), 4096)));
    other = server.accept();
  }

  @AfterEach
  void stop() throws IOException {
    other.close();
    server.close();
    done(vertx.close());
  }

  private static Question put(int bytes) {
    return new Question("PUT", "/x", Map.of("host", "there"), Buffer.buffer(new byte[bytes]));
  }

  private void answers(String text) throws IOException {
    other.getOutputStream().write(text.getBytes(US_ASCII));
  }

  @Test
  void whatIsNotSentYetWhenItIsCutIsNeverSent() throws IOException {
    Asked asked = line.ask(put(LONG_BYTES));
    long got = other.getInputStream().read(new byte[1024]);

    line.cut();

    assertThat(failure(asked.answer())).isNotNull();
    assertThat(asked.withdraw()).as("nobody knows").isFalse();
    assertThat(got + readToEnd()).isLessThan(LONG_BYTES);
  }

  private long readToEnd() {
    long all = 0;
    byte[] bytes = new byte[64 << 10];
    try {
      for (int n = other.getInputStream().read(bytes); n >= 0; ) {
        all += n;
        n = other.getInputStream().read(bytes);
      }
    } catch (IOException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
    return all;
  }

  @Test
  void answersComeWholeAndOneForEachQuestion() throws IOException {
    Asked first = line.ask(put(1));
    assertThat(other.getInputStream().read(new byte[4096])).isPositive();
    answers("HTTP/1.1 507 No\r\nPenstock-Now: 1.2\r\nContent-Length: 3\r\n\r\nab");
    answers("c");
    assertThat(done(first.answer()).status()).isEqualTo(507);
    assertThat(done(first.answer()).headers()).containsEntry("penstock-now", "1.2");
    assertThat(done(first.answer()).body()).isEqualTo(Buffer.buffer("abc"));

    Asked second = line.ask(put(1));
    assertThat(other.getInputStream().read(new byte[4096])).isPositive();
    answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assertThat(done(second.answer()).status()).isEqualTo(200);
    assertThat(line.isClosed()).isFalse();
  }

  @Test
  void whatWasNotAskedYetIsTakenBackForGood() {
    line.cut();
    assertThat(readToEnd()).isZero();

    Asked asked = line.ask(put(1));

    assertThat(failure(asked.answer())).isNotNull();
    assertThat(asked.withdraw()).as("it never left").isTrue();
  }

  @Test
  void whatIsNoAnswerEndsTheConnection() throws IOException {
    Asked asked = line.ask(put(1));
    answers("SSH-2.0-OpenSSH\r\n\r\n");

    assertThat(failure(asked.answer())).isNotNull();
    assertThat(line.isClosed()).isTrue();
  }

  @Test
  void answersThatAreTooLongEndTheConnection() throws IOException {
    Asked asked = line.ask(put(1));
    answers("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");

    assertThat(failure(asked.answer())).isNotNull();
    assertThat(line.isClosed()).isTrue();
  }
}
