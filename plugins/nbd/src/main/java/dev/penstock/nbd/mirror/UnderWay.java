package dev.penstock.nbd.mirror;

import dev.penstock.nbd.client.ClientLoop;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * What was sent and has no answer yet, up to a number, and the buffers that it is sent from. The
 * first failure ends everybody's waiting. Threads: any.
 */
final class UnderWay {
  private final int most;
  private final ClientLoop loop;
  private final Deque<ByteBuffer> free = new ArrayDeque<>();
  private int requests;
  private Optional<GatewayError> failure = Optional.empty();

  /** How often somebody who waits looks whether there is a loop that could wake him. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  UnderWay(int most, ClientLoop loop) {
    this.most = most;
    this.loop = loop;
  }

  /** Takes a place for a request, once there is one. */
  synchronized void enter() {
    await(most - 1);
    requests++;
  }

  /** Waits until every request has its answer. */
  synchronized void awaitAll() {
    await(0);
  }

  synchronized void leave() {
    requests--;
    notifyAll();
  }

  /** A buffer for whoever has a place: there are never more of them than places. */
  synchronized ByteBuffer buffer() {
    ByteBuffer one = free.poll();
    return one == null ? ByteBuffer.allocateDirect(MirrorLimits.WRITE_BYTES_MAX) : one.clear();
  }

  synchronized void giveBack(ByteBuffer buffer) {
    free.add(buffer);
  }

  /** The first one counts. */
  synchronized void fail(GatewayError why) {
    if (failure.isEmpty()) failure = Optional.of(why);
    notifyAll();
  }

  synchronized Optional<GatewayError> failure() {
    return failure;
  }

  synchronized void requireWell() {
    failure.ifPresent(why -> {
      throw why;
    });
  }

  private void await(int requestsMost) {
    while (true) {
      requireWell();
      if (requests <= requestsMost) return;
      try {
        wait(LOOK.toMillis());
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        fail(
            new GatewayError.Unavailable(
                Scope.RESOURCE, LOOK, "interrupted while the other side owes an answer"));
      }
      if (!loop.run(() -> {}))
        fail(new GatewayError.Unavailable(Scope.RESOURCE, LOOK, "the gateway is stopping"));
    }
  }
}
