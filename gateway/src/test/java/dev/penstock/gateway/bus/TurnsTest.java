package dev.penstock.gateway.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private final Turns turns = new Turns("module nbd");

  @Test
  void beginsNothingBeforeWhatWasAskedForFirstHasEnded() {
    List<String> order = new ArrayList<>();
    Promise<Void> slow = Promise.promise();
    var first = turns.take(slow::future);
    var second =
        turns.take(() -> {
          order.add("second");
          return Future.succeededFuture();
        });

    assertThat(order).isEmpty();
    slow.complete();

    assertThat(order).containsExactly("second");
    assertThat(first.succeeded() && second.succeeded()).isTrue();
  }

  @Test
  void goesOnAfterWorkThatFailsOrThrows() {
    var failed = turns.take(() -> Future.failedFuture("no"));
    var thrown =
        turns.<Void>take(() -> {
          throw new IllegalStateException("no");
        });

    assertThat(failed.failed() && thrown.failed()).isTrue();
    assertThat(turns.take(() -> Future.succeededFuture("yes")).result()).isEqualTo("yes");
  }

  @Test
  void goesOnAfterAListenerThatThrows() {
    Promise<Void> slow = Promise.promise();
    var _ =
        turns
            .take(slow::future)
            .onComplete(_ -> {
              throw new IllegalStateException("a listener's bug");
            });
    var next = turns.take(() -> Future.succeededFuture("yes"));

    assertThatThrownBy(slow::complete).hasMessage("a listener's bug");

    assertThat(next.result()).isEqualTo("yes");
  }

  @Test
  void goesOnAfterAnErrorOfAPlugin() {
    var thrown =
        turns.<Void>take(() -> {
          throw new LinkageError("no such class");
        });

    assertThat(thrown.cause()).isInstanceOf(LinkageError.class);
    assertThat(turns.take(() -> Future.succeededFuture("yes")).result()).isEqualTo("yes");
  }

  @Test
  void refusesMoreThanAnybodyAsksForByHand() {
    turns.take(() -> Promise.<Void>promise().future());
    for (int i = 0; i < Turns.WAITING_MAX; i++) turns.take(Future::succeededFuture);

    assertThat(turns.take(Future::succeededFuture).cause())
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("module nbd: 32 requests wait already");
  }
}
