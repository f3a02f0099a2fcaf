package dev.penstock.nbd.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PatienceTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final long SECOND = 1_000_000_000L;

  private final Patience patience = new Patience(100);

  @Test
  void runsOutAfterItsLimitWithoutProgress() {
    assertThat(patience.ranOut(LIMIT, 1, 0, 0)).isFalse();
    assertThat(patience.ranOut(LIMIT, 1, 50, 9 * SECOND)).isFalse();
    assertThat(patience.ranOut(LIMIT, 1, 99, 10 * SECOND)).isTrue();
  }

  @Test
  void enoughProgressBeginsTheWaitAnew() {
    patience.ranOut(LIMIT, 1, 0, 0);
    assertThat(patience.ranOut(LIMIT, 1, 100, 9 * SECOND)).isFalse();
    assertThat(patience.ranOut(LIMIT, 1, 150, 18 * SECOND)).isFalse();
    assertThat(patience.ranOut(LIMIT, 1, 199, 19 * SECOND)).isTrue();
  }

  @Test
  void anotherWaitIsAnotherMatter() {
    patience.ranOut(LIMIT, 1, 0, 0);
    assertThat(patience.ranOut(LIMIT, 2, 1, 10 * SECOND)).isFalse();
    assertThat(patience.ranOut(LIMIT, 2, 1, 20 * SECOND)).isTrue();
  }

  @Test
  void restingForgetsTheWait() {
    patience.ranOut(LIMIT, 1, 0, 0);
    patience.rest();
    assertThat(patience.ranOut(LIMIT, 1, 0, 10 * SECOND)).isFalse();
  }

  @Test
  void anotherLimitHoldsForAWaitUnderWay() {
    patience.ranOut(LIMIT, 1, 0, 0);
    assertThat(patience.ranOut(LIMIT, 1, 0, 5 * SECOND)).isFalse();
    assertThat(patience.ranOut(Duration.ofSeconds(5), 1, 0, 5 * SECOND)).isTrue();
  }
}
