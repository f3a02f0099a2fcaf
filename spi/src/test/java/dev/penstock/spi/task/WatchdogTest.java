package dev.penstock.spi.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WatchdogTest {
  private static final long SECOND = 1_000_000_000L;

  /** Close to where the clock of the JVM wraps: it may begin anywhere. */
  private static final long START = Long.MAX_VALUE - 3 * SECOND;

  private final Watchdog watchdog = new Watchdog(Duration.ofSeconds(10), START);

  @Test
  void workThatMovesIsNoStall() {
    for (int second = 1; second < 60; second++) {
      watchdog.reached(second, at(second));
      assertThat(watchdog.check(at(second + 1))).isEmpty();
    }
  }

  @Test
  void workThatStandsStillIsOneStall() {
    watchdog.reached(7, at(1));

    assertThat(watchdog.check(at(10))).isEmpty();
    assertThat(watchdog.check(at(11))).contains(new Watchdog.Stall(7, Duration.ofSeconds(10)));
    assertThat(watchdog.check(at(12))).isEmpty();
  }

  @Test
  void doingTheSameAgainIsNoProgress() {
    watchdog.reached(100, at(0));
    for (int second = 1; second <= 9; second++) watchdog.reached(second, at(second));
    watchdog.reached(100, at(9));

    assertThat(watchdog.check(at(10))).isPresent();
    assertThat(watchdog.units()).isEqualTo(100);
  }

  @Test
  void waitingForSomebodyIsNoStallUntilTheWorkIsBusyAgain() {
    watchdog.idle();
    assertThat(watchdog.check(at(1000))).isEmpty();

    watchdog.busy(at(1000));
    assertThat(watchdog.check(at(1009))).isEmpty();
    assertThat(watchdog.check(at(1010))).isPresent();
  }

  @Test
  void aSecondStallIsReportedAfterTheWorkHasMoved() {
    assertThat(watchdog.check(at(10))).isPresent();
    watchdog.reached(1, at(11));
    assertThat(watchdog.check(at(21))).isPresent();
  }

  private static long at(long seconds) {
    return START + seconds * SECOND;
  }
}
