package dev.penstock.pruner.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.pruner.run.VolumeQueue.Waiting;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;

class VolumeQueueTest {
  private final VolumeQueue queue = new VolumeQueue();

  private String next(long now) {
    return queue.takeReady(now).map(Waiting::volume).orElse("none");
  }

  @Test
  void thoseThatFailedLeastOftenComeFirstThenThoseThatWaitLongestThenByName() {
    queue.add(new Waiting(1, 0, "failed"));
    queue.add(new Waiting(0, 5, "b"));
    queue.add(new Waiting(0, 5, "a"));
    queue.add(new Waiting(0, 1, "z"));
    assertThat(next(10)).isEqualTo("z");
    assertThat(next(10)).isEqualTo("a");
    assertThat(next(10)).isEqualTo("b");
    assertThat(next(10)).isEqualTo("failed");
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void oneThatMayNotBeTriedYetStandsInNobodysWay() {
    queue.add(new Waiting(1, 100, "later"));
    queue.add(new Waiting(2, 0, "ready"));
    assertThat(next(10)).isEqualTo("ready");
    assertThat(next(10)).isEqualTo("none");
    assertThat(queue.nextNanos()).hasValue(100);
    assertThat(next(100)).isEqualTo("later");
  }

  @Test
  void backsOffTwiceAsLongEachTimeAndNeverLessThanTheErrorSays() {
    var half = new Backoff(Duration.ofSeconds(2), () -> 0);
    var whole = new Backoff(Duration.ofSeconds(2), () -> 1);
    var bad = new GatewayError.Failed(Scope.RESOURCE, "bad");
    var most = Duration.ofMinutes(1);
    assertThat(half.after(1, bad, most)).isEqualTo(Duration.ofSeconds(1));
    assertThat(whole.after(1, bad, most)).isEqualTo(Duration.ofSeconds(2));
    assertThat(whole.after(3, bad, most)).isEqualTo(Duration.ofSeconds(8));
    assertThat(whole.after(1000, bad, most)).isEqualTo(most);
    var later = new GatewayError.Unavailable(Scope.RESOURCE, Duration.ofHours(2), "later");
    assertThat(half.after(1, later, most)).isEqualTo(Duration.ofHours(2));
    var never =
        new GatewayError.Unavailable(Scope.RESOURCE, ChronoUnit.FOREVER.getDuration(), "no");
    assertThat(half.after(1, never, most)).isEqualTo(Duration.ofDays(1));
  }
}
