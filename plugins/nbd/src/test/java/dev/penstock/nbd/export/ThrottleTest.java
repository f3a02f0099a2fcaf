package dev.penstock.nbd.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Rates;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ThrottleTest {
  private static final long MILLISECOND = 1_000_000;

  @Test
  void withoutRatesItIsOffAndCanBeTurnedOn() {
    var throttle = new Throttle(Rates.NONE, 0);
    assertThat(throttle.isLimiting()).isFalse();
    throttle.change(new Rates(0, 0, 0, 10), 0);
    assertThat(throttle.isLimiting()).isTrue();
  }

  @Test
  void eachLimitHoldsForItsOwnKindOfRequest() {
    var reads = new Throttle(new Rates(0, 1 << 20, 0, 0), 0);
    reads.ticket(1 << 20, 0, 0);
    assertThat(reads.waitNanos(reads.ticket(1, 0, 0), 0)).isPositive();
    assertThat(reads.waitNanos(reads.ticket(0, 1 << 20, 0), 0)).isZero();

    var both = new Throttle(new Rates(1 << 20, 0, 0, 0), 0);
    both.ticket(1 << 20, 0, 0);
    assertThat(both.waitNanos(both.ticket(0, 1, 0), 0)).isPositive();

    var requests = new Throttle(new Rates(0, 0, 0, 10), 0);
    requests.ticket(0, 0, 0);
    assertThat(requests.waitNanos(requests.ticket(0, 0, 0), 0)).isEqualTo(100 * MILLISECOND + 1);
  }

  @Test
  void connectionsThatAlwaysWantMoreHaveTheSameShare() {
    var throttle = new Throttle(new Rates(0, 0, 0, 1000), 0);
    var waiting = new Throttle.Ticket[7];
    Arrays.setAll(waiting, _ -> throttle.ticket(4096, 0, 0));
    int[] served = new int[waiting.length];
    for (long now = 0; now < 5000 * MILLISECOND; now += MILLISECOND) {
      for (int i = 0; i < waiting.length; i++) {
        if (throttle.waitNanos(waiting[i], now) > 0) continue;
        served[i]++;
        waiting[i] = throttle.ticket(4096, 0, now);
      }
    }
    int all = Arrays.stream(served).sum();
    assertThat(all).isBetween(5000, 5000 + 100);
    for (int one : served)
      assertThat(one).isCloseTo(all / 7, org.assertj.core.data.Offset.offset(20));
  }
}
