package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.process.Child;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FakeChildrenTest {
  private final Vertx vertx = Vertx.vertx();
  private final FakeChildren children = new FakeChildren(vertx);

  @AfterEach
  void close() throws Exception {
    done(vertx.close());
  }

  private static <T> T done(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void aFakeIsAConnectionThatLosesNothingBeforeItIsReadAndEnds() throws Exception {
    var server =
        vertx
            .createNetServer()
            .connectHandler(socket -> {
              socket.write("early ");
              socket.handler(socket::write);
              socket.endHandler(_ -> socket.close());
            });
    int port = done(server.listen(0, "127.0.0.1")).actualPort();
    children.connectTo(SocketAddress.inetSocketAddress(port, "127.0.0.1"));
    Child child = done(children.start(List.of("ssh", "host")));
    done(child.stdin().write(Buffer.buffer("late")));

    Buffer all = Buffer.buffer();
    Promise<String> came = Promise.promise();
    child
        .stdout()
        .handler(piece -> {
          if (all.appendBuffer(piece).length() == 10) came.complete(all.toString());
        });

    assertThat(done(came.future())).isEqualTo("early late");
    assertThat(children.started()).containsExactly(List.of("ssh", "host"));
    child.kill();
    assertThat(done(child.exited()).code()).isEqualTo(143);
  }

  @Test
  void aFakeThatTalksToNobodyCannotBeStarted() {
    assertThatThrownBy(() -> done(children.start(List.of("ssh"))))
        .hasMessageContaining("cannot be started");
  }
}
