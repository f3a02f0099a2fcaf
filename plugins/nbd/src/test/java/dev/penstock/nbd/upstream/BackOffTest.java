package dev.penstock.nbd.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackOffTest {
  @Test
  void waitsTwiceAsLongEachTimeUpToTheLimitAndHalfOfItByChance() {
    var backOff = new BackOff(Duration.ofMillis(100), Duration.ofSeconds(1), new Random(1));

    for (long due : new long[] {100, 200, 400, 800, 1000, 1000})
      assertThat(backOff.next()).isBetween(Duration.ofMillis(due / 2), Duration.ofMillis(due));
    backOff.reset();
    assertThat(backOff.next()).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
  }

  @Test
  void twoThatLostTheSameServerDoNotComeBackAtOnce() {
    var one = new BackOff(Duration.ofSeconds(1), Duration.ofSeconds(1), new Random(1));
    var other = new BackOff(Duration.ofSeconds(1), Duration.ofSeconds(1), new Random(2));

    assertThat(one.next()).isNotEqualTo(other.next());
  }
}
