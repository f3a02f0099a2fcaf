package dev.penstock.nbd.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Limits;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What counts as hanging, with a clock that the test turns. */
class HangWatchdogTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final long NOBODY = 0;
  private static final long SOMEBODY = 7;

  private final Limits limits = Limits.DEFAULTS;
  private final HangWatchdog watchdog = new HangWatchdog(() -> limits, 0);

  @Test
  void aHandshakeIsJudgedByItsTotalTime() {
    assertThat(watchdog.negotiates(10 * SECOND - 1)).isEmpty();
    assertThat(watchdog.negotiates(10 * SECOND))
        .map(HangWatchdog.Hang::why)
        .contains(Observer.Cut.HANDSHAKE);
  }

  @Test
  void whoOwesNothingNeverHangs() {
    for (long hour = 0; hour < 1000; hour++) {
      watchdog.owesNoRequest();
      watchdog.owesNoReading();
    }
    assertThat(reading(0, NOBODY, 3_600_000 * SECOND)).isEmpty();
  }

  @Test
  void aByteASecondIsHangingAndAMebibyteWithinTheLimitIsSlow() {
    assertThat(lastOf(1, NOBODY)).map(HangWatchdog.Hang::why).contains(Observer.Cut.REPLY);
    assertThat(lastOf(10_000, NOBODY)).isEmpty();
  }

  @Test
  void whoHoldsMemoryThatOthersWaitForHasATwelfthOfItsTime() {
    assertThat(reading(0, SOMEBODY, 0)).isEmpty();
    assertThat(reading(0, SOMEBODY, 10 * SECOND - 1)).isEmpty();
    assertThat(reading(0, SOMEBODY, 10 * SECOND))
        .map(HangWatchdog.Hang::detail)
        .contains(
            "replies have not been read for 10000 ms, while others wait for the memory that it"
                + " holds");
  }

  @Test
  void anotherWaiterIsAnotherWait() {
    for (long second = 0; second < 100; second += 5) {
      assertThat(reading(0, SOMEBODY + second, second * SECOND)).isEmpty();
    }
  }

  @Test
  void timeWhileNobodyWaitedDoesNotCount() {
    assertThat(reading(0, NOBODY, 0)).isEmpty();
    assertThat(reading(0, NOBODY, 100 * SECOND)).isEmpty();
    assertThat(reading(0, SOMEBODY, 101 * SECOND)).isEmpty();
    assertThat(reading(0, SOMEBODY, 110 * SECOND)).isEmpty();
    assertThat(reading(0, SOMEBODY, 111 * SECOND)).isPresent();
  }

  @Test
  void aSlowSenderOfALargeRequestGivesWayAsWell() {
    assertThat(watchdog.owesRequest(1, 0, SOMEBODY, 0)).isEmpty();
    assertThat(watchdog.owesRequest(1, 1000, SOMEBODY, 10 * SECOND))
        .map(HangWatchdog.Hang::why)
        .contains(Observer.Cut.REQUEST);
  }

  private Optional<HangWatchdog.Hang> lastOf(long bytesPerSecond, long keepsWaiting) {
    return LongStream.rangeClosed(0, 600)
        .mapToObj(second -> reading(second * bytesPerSecond, keepsWaiting, second * SECOND))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Optional<HangWatchdog.Hang> reading(long movedBytes, long keepsWaiting, long nowNanos) {
    return watchdog.owesReading(3, movedBytes, keepsWaiting, nowNanos);
  }
}
