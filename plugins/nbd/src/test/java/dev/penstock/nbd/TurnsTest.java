package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private final Turns turns = new Turns();

  @Test
  void nothingBeginsBeforeWhatWasAskedForEarlierHasEndedHoweverItEnds() {
    List<String> begun = new ArrayList<>();
    Promise<String> first = Promise.promise();
    turns.take(() -> {
      begun.add("first");
      return first.future();
    });
    Future<String> second =
        turns.take(() -> {
          begun.add("second");
          throw new GatewayError.Invalid("no");
        });
    Future<String> third =
        turns.take(() -> {
          begun.add("third");
          return Future.succeededFuture("done");
        });
    assertThat(begun).containsExactly("first");

    first.fail("the disk is full");
    assertThat(begun).containsExactly("first", "second", "third");
    assertThat(second.cause()).isInstanceOf(GatewayError.Invalid.class);
    assertThat(third.result()).isEqualTo("done");
  }

  @Test
  void whoComesWhenTooManyWaitIsToldSoAndNotMadeToWait() {
    Promise<Void> first = Promise.promise();
    for (int i = 0; i < Turns.WAITING_MAX; i++) turns.take(first::future);
    assertThat(turns.take(first::future).cause()).isInstanceOf(GatewayError.Unavailable.class);
    first.complete();
    assertThat(turns.take(first::future).succeeded()).isTrue();
  }
}
