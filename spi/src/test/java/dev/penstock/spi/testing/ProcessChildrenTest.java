package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.process.Child;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProcessChildrenTest {
  private final Vertx vertx = Vertx.vertx();
  private final ProcessChildren children = new ProcessChildren(vertx, "/usr/bin/env");

  @AfterEach
  void close() {
    children.close();
    Settled.done(vertx.close());
  }

  @Test
  void aProgramReadsAndSaysAndEndsWithItsInput() {
    Child child = Settled.done(children.start(List.of("sh", "-c", "cat; echo bye >&2; exit 3")));
    Buffer all = Buffer.buffer();
    Promise<Void> end = Promise.promise();
    child.stdout().endHandler(_ -> end.complete()).handler(all::appendBuffer);

    Settled.done(child.stdin().write(Buffer.buffer("hello")));
    Settled.done(child.stdin().end());

    Settled.done(end.future());
    assertThat(all).hasToString("hello");
    assertThat(Settled.done(child.exited())).isEqualTo(new Child.Exit(3, "bye"));
    assertThat(children.started())
        .containsExactly(List.of("sh", "-c", "cat; echo bye >&2; exit 3"));
  }

  @Test
  void aProgramThatIsKilledIsGoneWithWhatItStarted() {
    Child child = Settled.done(children.start(List.of("sh", "-c", "sleep 1000; true")));
    assertThat(children.running()).isEqualTo(1);

    child.kill();

    assertThat(Settled.done(child.exited()).code()).isEqualTo(128 + 15);
    Awaitility.await().until(() -> children.running() == 0);
  }

  @Test
  void aProgramThatIsNotThereCannotBeStarted() {
    try (var none = new ProcessChildren(vertx)) {
      assertThat(Settled.failure(none.start(List.of("/no/such/program"))))
          .isInstanceOf(GatewayError.Failed.class);
    }
  }
}
