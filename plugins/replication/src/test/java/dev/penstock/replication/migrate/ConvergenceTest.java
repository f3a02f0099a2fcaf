package dev.penstock.replication.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.migrate.Convergence.Next;
import dev.penstock.replication.migrate.Convergence.Round;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConvergenceTest {
  private static final long MANY_BYTES = 1L << 30;

  /** Milliseconds of the rounds so far, each with many bytes; the freeze may take 1000. */
  @ParameterizedTest(name = "rounds of {0} ms, throttling {1}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          50                       | false | Freeze
          5000                     | false | AnotherRound
          5000 3000                | false | AnotherRound
          5000 3000 60             | false | Freeze
          5000 4000 4000           | false | AnotherRound
          400 400 400 400          | false | Freeze
          500 500 500 500          | false | Freeze
          501 501 501 501          | false | Hopeless
          5000 5000 5000 5000      | false | Hopeless
          5000 5000 5000 5000      | true  | Throttle
          5000 5000 5000 3000 2999 | true  | AnotherRound
          5000 5000 5000 5000 5000 | true  | AnotherRound
          """)
  void freezesWhenARoundIsShortOrNoShorterAndShortEnough(
      String millis, boolean mayThrottle, String next) {
    var convergence = new Convergence(Duration.ofSeconds(1), mayThrottle);
    List<Next> all = new ArrayList<>();
    for (String one : millis.split(" ", -1))
      all.add(convergence.after(new Round(MANY_BYTES, Duration.ofMillis(Long.parseLong(one)))));

    assertThat(all.getLast().getClass().getSimpleName()).isEqualTo(next);
  }

  @ParameterizedTest(name = "{0} bytes in a long round: {1}")
  @CsvSource({"262144, Freeze", "262145, AnotherRound"})
  void whatIsNextToNothingIsNotWaitedFor(long bytes, String next) {
    var convergence = new Convergence(Duration.ofSeconds(1), false);

    assertThat(convergence.after(new Round(bytes, Duration.ofHours(1))).getClass().getSimpleName())
        .isEqualTo(next);
  }

  @ParameterizedTest(name = "{0} bytes in {1} ms are {2} a second")
  @CsvSource({"1000, 1000, 1000", "1000, 500, 2000", "0, 500, 0", "5, 0, 5000"})
  void aRoundHasARate(long bytes, long millis, long rate) {
    assertThat(new Round(bytes, Duration.ofMillis(millis)).bytesPerSecond()).isEqualTo(rate);
  }

  /** However the rounds are: clients are never held for what cannot be sent in time. */
  @Property(tries = 500)
  void whatTakesLongerThanHalfOfTheFreezeIsNeverFrozenFor(
      @ForAll @Size(min = 1, max = 30) List<@IntRange(min = 0, max = 20_000) Integer> millis,
      @ForAll @IntRange(min = 200, max = 60_000) int freezeMillis,
      @ForAll boolean mayThrottle) {
    var convergence = new Convergence(Duration.ofMillis(freezeMillis), mayThrottle);
    for (int one : millis) {
      Next next = convergence.after(new Round(MANY_BYTES, Duration.ofMillis(one)));
      if (next instanceof Next.Freeze)
        assertThat((long) one).isLessThanOrEqualTo(Math.max(60, freezeMillis / 2));
    }
  }

  /** Some round is the last, or something is done about it: it does not go on for ever. */
  @Property(tries = 500)
  void roundsThatBecomeNoShorterComeToAnEnd(
      @ForAll @LongRange(min = 61, max = 100_000) long millis, @ForAll boolean mayThrottle) {
    var convergence = new Convergence(Duration.ofSeconds(1), mayThrottle);
    List<Next> all = new ArrayList<>();
    for (int i = 0; i <= Convergence.STUCK_ROUNDS; i++)
      all.add(convergence.after(new Round(MANY_BYTES, Duration.ofMillis(millis))));

    assertThat(all).anyMatch(next -> !(next instanceof Next.AnotherRound));
  }

  @Property(tries = 200)
  void whoIsSlowedDownWritesLessThanWhatGoesOverTheLine(
      @ForAll @LongRange(min = 1 << 20, max = 1L << 40) long bytes,
      @ForAll @IntRange(min = 1001, max = 100_000) int millis) {
    var convergence = new Convergence(Duration.ofSeconds(1), true);
    var round = new Round(bytes, Duration.ofMillis(millis));
    Assume.that(round.bytesPerSecond() > 2 * Convergence.PACE_BYTES_PER_SECOND_MIN);
    Next last = convergence.after(round);
    for (int i = 0; i < Convergence.STUCK_ROUNDS; i++) last = convergence.after(round);

    assertThat(last)
        .isInstanceOfSatisfying(
            Next.Throttle.class,
            slower -> assertThat(slower.bytesPerSecond()).isLessThan(round.bytesPerSecond()));
  }

  @Example
  void whoCannotBeSlowedDownAnyFurtherEndsIt() {
    var convergence = new Convergence(Duration.ofSeconds(1), true);
    var round = new Round(MANY_BYTES, Duration.ofSeconds(2));
    List<Next> all = new ArrayList<>();
    while (all.isEmpty() || !(all.getLast() instanceof Next.Hopeless)) {
      Next next = convergence.after(round);
      if (!(next instanceof Next.AnotherRound)) all.add(next);
    }

    assertThat(all.reversed().get(1))
        .isEqualTo(new Next.Throttle(Convergence.PACE_BYTES_PER_SECOND_MIN));
    assertThat(((Next.Hopeless) all.getLast()).why()).contains("slowed down as far as it goes");
  }
}
