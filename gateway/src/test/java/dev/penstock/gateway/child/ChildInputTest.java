package dev.penstock.gateway.child;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever was told to wait is told to go on, however the two sides fall together. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ChildInputTest {
  private final Vertx vertx = Vertx.vertx();
  private final ChildInput input = new ChildInput(vertx.getOrCreateContext(), "cat");

  @AfterEach
  void close() {
    input.broken();
    vertx.close().await();
  }

  private void writeAll(OutputStream to) {
    Thread.ofVirtual().start(() -> input.writeAll(to));
  }

  @Test
  void aHandlerThatComesAfterTheQueueHasEmptiedIsCalled() {
    input.setWriteQueueMaxSize(4);
    var written = input.write(Buffer.buffer("full"));
    assertThat(input.writeQueueFull()).isTrue();
    writeAll(new ByteArrayOutputStream());
    written.await();

    Promise<Void> drained = Promise.promise();
    input.drainHandler(drained::complete);

    drained.future().await();
  }

  @Test
  void aHandlerThatComesAfterTheBreakIsCalled() {
    input.setWriteQueueMaxSize(4);
    var written = input.write(Buffer.buffer("full"));
    assertThat(input.writeQueueFull()).isTrue();
    input.broken();
    written.otherwiseEmpty().await();

    Promise<Void> drained = Promise.promise();
    input.drainHandler(drained::complete);

    drained.future().await();
  }

  @Test
  void anEndIsNoFailureForOneThatEndsOfItBeforeWeKnow() {
    var written = input.write(Buffer.buffer("unread"));
    var ended = input.end();

    input.broken();

    written.otherwiseEmpty().await();
    assertThat(written.failed()).isTrue();
    ended.await();
  }

  @Test
  void aHandlerStaysAndIsCalledOncePerTimeThatItsWriterWasToldToWait() {
    AtomicInteger calls = new AtomicInteger();
    Semaphore pieces = new Semaphore(0);
    input.setWriteQueueMaxSize(4);
    input.drainHandler(_ -> calls.incrementAndGet());
    writeAll(aPiecePerPermitOf(pieces));

    var unasked = input.write(Buffer.buffer("full"));
    pieces.release();
    unasked.await();
    for (int told : List.of(1, 2)) {
      var written = input.write(Buffer.buffer("full"));
      assertThat(input.writeQueueFull()).isTrue();
      pieces.release();
      written.await();
      await().untilAsserted(() -> assertThat(calls).hasValue(told));
    }
  }

  private static OutputStream aPiecePerPermitOf(Semaphore pieces) {
    return new OutputStream() {
      @Override
      public void write(byte[] bytes, int offset, int length) {
        pieces.acquireUninterruptibly();
      }

      @Override
      public void write(int oneByte) {
        throw new AssertionError("pieces come whole");
      }
    };
  }
}
