package dev.penstock.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class LadderTest {
  private static final Duration SHORT = Duration.ofMillis(20);

  private final Ladder ladder = new Ladder();
  private final List<String> ended = new ArrayList<>();

  @Test
  void endsWhatBeganLastFirst() {
    ladder.add("state", () -> noted("state"));
    ladder.add("modules", () -> noted("modules"));

    assertThat(ladder.descend(Duration.ofSeconds(20))).isTrue();
    assertThat(ended).containsExactly("modules", "state");
  }

  @Test
  void endsWhatIsBelowAStepThatFailsOrNeverEnds() {
    ladder.add("state", () -> noted("state"));
    ladder.add("stores", () -> Promise.<Void>promise().future());
    ladder.add(
        "modules",
        () -> {
          throw new LinkageError("no such class");
        });

    assertThat(ladder.descend(SHORT)).isFalse();
    assertThat(ended).containsExactly("state");
  }

  /** Such as a state file on a disk that hangs. */
  @Test
  void endsWhatIsBelowACallThatNeverReturns() {
    var never = new CountDownLatch(1);
    ladder.add("loops", () -> noted("loops"));
    ladder.addClosing("state", () -> wait(never));

    assertThat(ladder.descend(SHORT)).isFalse();
    assertThat(ended).containsExactly("loops");
    never.countDown();
  }

  private Future<Void> noted(String step) {
    ended.add(step);
    return Future.succeededFuture();
  }

  private static void wait(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
