package dev.penstock.nbd.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long START = 77;

  /** When a request went, and how large it was. */
  private record Went(long atNanos, long tokens) {}

  /** Requests that come one after the other, each after a pause, each waiting for its turn. */
  private static List<Went> run(
      TokenBucket bucket, List<Integer> sizes, List<Integer> pausesMicros) {
    List<Went> all = new ArrayList<>();
    long now = START;
    for (int i = 0; i < sizes.size(); i++) {
      now += pausesMicros.get(i % pausesMicros.size()) * 1000L;
      long ticket = bucket.ticket(sizes.get(i), now);
      for (int asked = 0; bucket.waitNanos(ticket, now) > 0; asked++) {
        assertThat(asked).as("asked again after it was told how long to wait").isLessThan(3);
        now += bucket.waitNanos(ticket, now);
      }
      all.add(new Went(now, sizes.get(i)));
    }
    return all;
  }

  @Property
  void neverMoreGoesThanRateTimesTimeAndABurst(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(min = 1, max = 1 << 25) Integer> sizes,
      @ForAll @Size(min = 1, max = 60) List<@IntRange(max = 3_000_000) Integer> pausesMicros,
      @ForAll @LongRange(min = 1, max = 1L << 40) long perSecond,
      @ForAll @LongRange(min = 1, max = 1L << 30) long burst) {
    var bucket = new TokenBucket(START);
    bucket.rate(perSecond, burst, START);
    List<Went> all = run(bucket, sizes, pausesMicros);

    for (int from = 0; from < all.size(); from++) {
      long tokens = 0;
      for (int to = from; to < all.size(); to++) {
        tokens += all.get(to).tokens;
        double seconds = (all.get(to).atNanos - all.get(from).atNanos) / 1e9;
        double most = perSecond * seconds + Math.max(burst, all.get(from).tokens);
        // Whole tokens come in whole nanoseconds.
        double step = 2 + 2e-9 * perSecond;
        assertThat((double) tokens).isLessThanOrEqualTo(most * (1 + 1e-9) + step);
      }
    }
  }

  @Property
  void whoAlwaysWantsMoreGetsTheRateAndNothingDrifts(
      @ForAll @Size(min = 1, max = 200) List<@IntRange(min = 1, max = 1 << 20) Integer> sizes,
      @ForAll @LongRange(min = 1, max = 1L << 40) long perSecond) {
    var bucket = new TokenBucket(START);
    long burst = 1 + perSecond / Throttle.BURSTS_A_SECOND;
    bucket.rate(perSecond, burst, START);
    List<Went> all = run(bucket, sizes, List.of(0));

    long paid = all.stream().mapToLong(Went::tokens).sum() - burst; // which was there
    double ideal = START + Math.max(0, paid) * 1e9 / perSecond;
    // Each wait is rounded up to a nanosecond, and what it brings too much is not lost.
    assertThat((double) all.getLast().atNanos).isBetween(ideal - 1, ideal * (1 + 1e-9) + 2);
  }

  @Property
  void anotherRateHoldsAtOnceAlsoForWhoWaits(
      @ForAll @LongRange(min = 1, max = 1000) long before,
      @ForAll @LongRange(min = 1, max = 1L << 40) long after) {
    var bucket = new TokenBucket(START);
    bucket.rate(before, 1, START);
    long ticket = bucket.ticket(1 << 20, START);
    bucket.rate(after, 1, START);
    long wait = bucket.waitNanos(ticket, START);
    double ideal = ((1 << 20) - 1) * 1e9 / after;
    assertThat((double) wait).isBetween(ideal - 1, ideal * (1 + 1e-9) + 2);
  }

  @Test
  void withoutALimitNobodyWaits() {
    var bucket = new TokenBucket(START);
    assertThat(bucket.waitNanos(bucket.ticket(1L << 40, START), START)).isZero();
  }

  @Test
  void aLimitThatIsSetFirstNowDoesNotCountWhatWentBefore() {
    var bucket = new TokenBucket(START);
    bucket.ticket(1L << 40, START);
    bucket.rate(100, 10, START);
    assertThat(bucket.waitNanos(bucket.ticket(10, START), START)).isZero();
    assertThat(bucket.waitNanos(bucket.ticket(100, START), START)).isEqualTo(SECOND + 1);
  }

  @Test
  void aLimitThatIsTakenAwayLetsEverybodyGo() {
    var bucket = new TokenBucket(START);
    bucket.rate(1, 1, START);
    long ticket = bucket.ticket(1 << 20, START);
    assertThat(bucket.waitNanos(ticket, START)).isPositive();
    bucket.rate(0, 1, START);
    assertThat(bucket.waitNanos(ticket, START)).isZero();
  }

  @Test
  void whatIsGivenBackIsForThoseBehind() {
    var bucket = new TokenBucket(START);
    bucket.rate(100, 1, START);
    long unused = bucket.ticket(1000, START);
    long behind = bucket.ticket(1, START);
    assertThat(bucket.waitNanos(behind, START)).isGreaterThan(9 * SECOND);
    bucket.giveBack(unused, 1000, START);
    assertThat(bucket.waitNanos(behind, START)).isZero();
  }

  @Test
  void whatIsGivenBackIsNotForThoseBefore() {
    var bucket = new TokenBucket(START);
    bucket.rate(100, 1, START);
    long before = bucket.ticket(1001, START);
    long unused = bucket.ticket(2000, START);
    long behind = bucket.ticket(100, START);
    bucket.giveBack(unused, 2000, START);
    assertThat(bucket.waitNanos(before, START)).isEqualTo(10 * SECOND + 1);
    assertThat(bucket.waitNanos(behind, START)).isEqualTo(11 * SECOND + 1);
    assertThat(bucket.waitNanos(before, START + 10 * SECOND)).isZero();
    assertThat(bucket.waitNanos(behind, START + 10 * SECOND)).isEqualTo(SECOND + 1);
    assertThat(bucket.waitNanos(behind, START + 11 * SECOND)).isZero();
  }

  /** Whatever is given back, in whatever order: who stays waits as if the others had not come. */
  @Property
  void whoStaysWaitsAsIfThoseWhoLeaveHadNeverBeenThere(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(min = 1, max = 1 << 20) Integer> sizes,
      @ForAll @Size(40) List<Boolean> leaves,
      @ForAll @LongRange(min = 1, max = 1L << 30) long perSecond,
      @ForAll Random order) {
    var bucket = new TokenBucket(START);
    var without = new TokenBucket(START);
    bucket.rate(perSecond, 1, START);
    without.rate(perSecond, 1, START);
    List<Long> stay = new ArrayList<>();
    List<Long> expected = new ArrayList<>();
    List<long[]> leave = new ArrayList<>();
    for (int i = 0; i < sizes.size(); i++) {
      long ticket = bucket.ticket(sizes.get(i), START);
      if (leaves.get(i)) {
        leave.add(new long[] {ticket, sizes.get(i)});
      } else {
        stay.add(ticket);
        expected.add(without.ticket(sizes.get(i), START));
      }
    }
    Collections.shuffle(leave, order);
    leave.forEach(left -> bucket.giveBack(left[0], left[1], START));

    for (long now = START; now < START + 3 * SECOND; now += SECOND / 2) {
      for (int i = 0; i < stay.size(); i++)
        assertThat(bucket.waitNanos(stay.get(i), now))
            .isEqualTo(without.waitNanos(expected.get(i), now));
    }
  }

  @Test
  void aLongRestFillsItToItsBurstAndNoFurther() {
    var bucket = new TokenBucket(START);
    bucket.rate(1L << 40, 500, START);
    long muchLater = START + 200L * 365 * 86_400 * SECOND;
    assertThat(bucket.waitNanos(bucket.ticket(500, muchLater), muchLater)).isZero();
    assertThat(bucket.waitNanos(bucket.ticket(1, muchLater), muchLater)).isPositive();
  }
}
