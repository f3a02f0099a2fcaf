package dev.penstock.nbd.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Rates;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ThrottleTest {
  private static final long MILLISECOND = 1_000_000;

  private static Throttle.Ticket ticket(Throttle throttle, long readBytes, long writtenBytes) {
    return ticket(throttle, readBytes, writtenBytes, 0);
  }

  private static Throttle.Ticket ticket(
      Throttle throttle, long readBytes, long writtenBytes, long nowNanos) {
    var ticket = new Throttle.Ticket();
    throttle.join(ticket, readBytes, writtenBytes, nowNanos);
    return ticket;
  }

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
    ticket(reads, 1 << 20, 0);
    assertThat(ticket(reads, 1, 0).waitNanos(0)).isPositive();
    assertThat(ticket(reads, 0, 1 << 20).waitNanos(0)).isZero();

    var both = new Throttle(new Rates(1 << 20, 0, 0, 0), 0);
    ticket(both, 1 << 20, 0);
    assertThat(ticket(both, 0, 1).waitNanos(0)).isPositive();

    var requests = new Throttle(new Rates(0, 0, 0, 10), 0);
    ticket(requests, 0, 0);
    assertThat(ticket(requests, 0, 0).waitNanos(0)).isEqualTo(100 * MILLISECOND + 1);
  }

  @Test
  void whoStandsInTwoLinesWaitsForTheLongerOneAndGivesBothBack() {
    var ofExport = new Throttle(Rates.ofWrites(1 << 20), 0);
    var ofVolume = new Throttle(Rates.ofWrites(512 << 10), 0);
    var first = ticket(ofExport, 0, 1 << 20);
    ofVolume.join(first, 0, 1 << 20, 0);
    long alone = ticket(new Throttle(Rates.ofWrites(512 << 10), 0), 0, 1 << 20).waitNanos(0);

    assertThat(first.waitNanos(0)).isEqualTo(alone);
    first.giveBack(0);

    assertThat(ticket(ofExport, 0, 64 << 10).waitNanos(0)).isZero();
    assertThat(ticket(ofVolume, 0, 64 << 10).waitNanos(0)).isZero();
  }

  @Test
  void connectionsThatAlwaysWantMoreHaveTheSameShare() {
    var throttle = new Throttle(new Rates(0, 0, 0, 1000), 0);
    var waiting = new Throttle.Ticket[7];
    Arrays.setAll(waiting, _ -> ticket(throttle, 4096, 0));
    int[] served = new int[waiting.length];
    for (long now = 0; now < 5000 * MILLISECOND; now += MILLISECOND) {
      for (int i = 0; i < waiting.length; i++) {
        if (waiting[i].waitNanos(now) > 0) continue;
        served[i]++;
        waiting[i] = ticket(throttle, 4096, 0, now);
      }
    }
    int all = Arrays.stream(served).sum();
    assertThat(all).isBetween(5000, 5000 + 100);
    for (int one : served)
      assertThat(one).isCloseTo(all / 7, org.assertj.core.data.Offset.offset(20));
  }
}
