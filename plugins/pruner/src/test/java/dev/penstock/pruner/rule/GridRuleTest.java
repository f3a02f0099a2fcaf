package dev.penstock.pruner.rule;

import static dev.penstock.pruner.rule.RuleTests.made;
import static dev.penstock.pruner.rule.RuleTests.problems;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.pruner.Taken;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.volume.SnapshotInfo;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GridRuleTest {
  @ParameterizedTest(name = "{0}, aligned by {1}: of {2} keeps {3}")
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          2x10s ; newest ; a@4 b@14 c@29 ; b c
          1x10s(keep=all)|1x10s ; newest ; a@1 b@9 c@11 d@20 ; a c d
          1x10s ; newest ; b@5 c@5 d@5 ; b
          1x10s ; newest ; '' ; ''
          2x10s ; newest ; late@29 a@4 b@14 ; late b
          2x10s ; epoch ; a@1 b@9 c@11 d@19 e@21 f@25 ; a c e
          2x10s ; epoch ; a@1 b@9 c@11 d@19 e@21 f@30 ; c e
          1x10s|1x20s ; epoch ; z@0 a@1 b@21 c@35 d@38 e@44 ; a b c e
          """)
  void keepsTheOldestInEachBucket(String spec, String align, String taken, String kept) {
    Series series = Taken.series(taken);
    var rule = grid(spec, align);
    assertThat(String.join(" ", Taken.others(series, rule.letsGo(series)))).isEqualTo(kept);
  }

  @Test
  void takesNowFromItsOwnNewest() {
    Series series = Taken.series("p1@4 q1@5 p2@14 q2@15 p3@29 q3@99");
    var rule = made(new GridRule(), Map.of("spec", "2x10s", "regex", "^p"));
    assertThat(Taken.others(series, rule.letsGo(series))).containsExactly("p2", "p3");
  }

  /** D5: keep=0 is refused when it is read, not at the first run; a blank after keep is taken. */
  @ParameterizedTest
  @ValueSource(strings = {"1x1h(keep=0)", "1x1h(keep=-2)", "1x1h(keep=00)"})
  void d5KeepingNoneIsRefusedWhenItIsRead(String spec) {
    assertThat(problems(new GridRule(), Map.of("spec", spec)))
        .singleElement()
        .asString()
        .contains("keep.grid: spec: \"" + spec + "\"");
    assertThat(problems(new GridRule(), Map.of("spec", "1x1h ( keep = 2 ) "))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1000000x1h",
        "1x1000000s",
        "9999999999999999999x1h",
        "1x999999w",
        "1x1h(keep=9999999)"
      })
  void refusesNumbersThatMakeNoSense(String spec) {
    assertThat(problems(new GridRule(), Map.of("spec", spec))).hasSize(1);
  }

  @Test
  void reportsEveryProblemAtOnce() {
    assertThat(
            problems(
                new GridRule(),
                Map.of("spec", "1x1y", "align", "moon", "regex", "(", "spce", "1x1h")))
        .hasSize(4);
    assertThat(problems(new GridRule(), Map.of())).singleElement().asString().contains("missing");
  }

  @Test
  void datesAtTheEndsOfTimeAreDatesLikeOthers() {
    List<SnapshotInfo> all =
        List.of(
            taken("first", Instant.MIN), taken("now", Instant.EPOCH), taken("last", Instant.MAX));
    for (String align : List.of("newest", "epoch")) {
      var rule = grid("24x1h|999999x36500d(keep=all)", align);
      assertThat(Taken.others(Taken.series(all), rule.letsGo(Taken.series(all))))
          .contains("now", "last");
    }
  }

  private static SnapshotInfo taken(String name, Instant at) {
    return new SnapshotInfo(UUID.randomUUID(), name, 1, at, Set.of());
  }

  /** As long as the newest stays, from which the buckets are counted: see at_least. */
  @Property
  void pruningTwiceKeepsTheSame(
      @ForAll("histories") List<SnapshotInfo> history, @ForAll("grids") String spec) {
    for (String align : List.of("newest", "epoch")) {
      var rule = grid(spec, align);
      List<SnapshotInfo> once = keptAndTheNewest(rule, history);
      assertThat(keptAndTheNewest(rule, once)).isEqualTo(once);
    }
  }

  private static List<SnapshotInfo> keptAndTheNewest(
      ConfiguredRule rule, List<SnapshotInfo> history) {
    List<SnapshotInfo> kept = new ArrayList<>(kept(rule, history));
    if (!history.isEmpty() && !kept.contains(history.getLast())) kept.add(history.getLast());
    return kept;
  }

  /** Aligned by the epoch it does not matter how often a grid is looked at, and by whom. */
  @Property
  void alignedByTheEpochWhatIsKeptInTheEndDoesNotDependOnRunsInBetween(
      @ForAll("histories") List<SnapshotInfo> history, @ForAll("nested") String spec) {
    var rule = grid(spec, "epoch");
    List<SnapshotInfo> left = new ArrayList<>();
    for (SnapshotInfo next : history) {
      left.add(next);
      left = new ArrayList<>(kept(rule, left));
    }
    assertThat(left).isEqualTo(kept(rule, history));
  }

  /** Later snapshots push older ones into wider buckets, and never empty one that they are in. */
  @Property
  void laterSnapshotsLeaveEveryBucketItsOldest(
      @ForAll("histories") List<SnapshotInfo> history,
      @ForAll @IntRange(min = 1, max = 60) int length,
      @ForAll @IntRange(min = 1, max = 10) int buckets) {
    if (history.isEmpty()) return;
    var rule = grid(buckets + "x" + length + "s", "newest");
    List<SnapshotInfo> kept = kept(rule, history);
    long now = second(history.getLast());
    for (int i = 0; i < buckets; i++) {
      long high = now - (long) i * length;
      long low = high - length;
      var oldest =
          history.stream().filter(one -> second(one) > low && second(one) <= high).findFirst();
      assertThat(kept.stream().filter(one -> second(one) > low && second(one) <= high).toList())
          .isEqualTo(oldest.stream().toList());
    }
  }

  private static long second(SnapshotInfo one) {
    return one.createdAt().getEpochSecond();
  }

  private static ConfiguredRule grid(String spec, String align) {
    return made(new GridRule(), Map.of("spec", spec, "align", align));
  }

  private static List<SnapshotInfo> kept(ConfiguredRule rule, List<SnapshotInfo> history) {
    Series series = Taken.series(history);
    return series.allBut(rule.letsGo(series)).stream().mapToObj(series.snapshots()::get).toList();
  }

  /** In the order of their dates; negative ones as well. */
  @Provide
  Arbitrary<List<SnapshotInfo>> histories() {
    return Arbitraries.integers()
        .between(-200, 400)
        .array(int[].class)
        .ofMaxSize(40)
        .map(seconds -> {
          Arrays.sort(seconds);
          List<SnapshotInfo> all = new ArrayList<>();
          for (int second : seconds) all.add(Taken.at("s" + all.size(), second));
          return all;
        });
  }

  @Provide
  Arbitrary<String> grids() {
    return Arbitraries.of(
        "4x10s", "1x10s(keep=all)|3x20s", "2x10s(keep=2)|2x30s(keep=2)", "3x7s|2x11s", "1x1000s");
  }

  /** Each length is a multiple of the one before, and no longer bucket keeps more. */
  @Provide
  Arbitrary<String> nested() {
    return Arbitraries.of(
        "4x10s", "1x10s(keep=all)|3x20s|2x60s", "2x10s(keep=2)|2x30s(keep=2)|2x60s", "5x1s|5x60s");
  }
}
