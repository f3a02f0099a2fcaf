package dev.penstock.pruner.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.penstock.pruner.Cases;
import dev.penstock.pruner.Cases.Case;
import dev.penstock.pruner.OwnRules;
import dev.penstock.pruner.Taken;
import dev.penstock.pruner.config.PrunerConfig;
import dev.penstock.pruner.config.Rules;
import dev.penstock.pruner.plan.VolumePlan;
import dev.penstock.pruner.rule.Grid.Alignment;
import dev.penstock.pruner.rule.Grid.Run;
import dev.penstock.pruner.rule.NotReplicatedRule.NotReplicated;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The case tables, each kind against the code that it is about. */
class CasesTest {
  private static final String JOB = "offsite";
  private static final String ANCHOR = "anchor.offsite";

  static Stream<Case> grids() {
    return Cases.ofKind("grid");
  }

  static Stream<Case> rules() {
    return Cases.ofKind("rules");
  }

  static Stream<Case> specs() {
    return Cases.ofKind("gridspec");
  }

  static Stream<Case> cursors() {
    return Cases.ofKind("cursor");
  }

  @ParameterizedTest
  @MethodSource("grids")
  void grid(Case one) {
    List<Run> runs = new ArrayList<>();
    for (JsonObject interval : Cases.objects(one.input().getJsonArray("intervals")))
      runs.add(new Run(1, length(interval), keep(interval)));
    List<JsonObject> taken = new ArrayList<>(Cases.objects(one.input().getJsonArray("snapshots")));
    taken.sort(Comparator.comparing(snapshot -> snapshot.getLong("t")));
    long[] nanos = taken.stream().mapToLong(snapshot -> nanos(snapshot.getLong("t"))).toArray();
    Long now = one.input().getLong("nowSec");
    long newest = nanos.length == 0 ? 0 : nanos[nanos.length - 1];

    BitSet kept = new Grid(runs, Alignment.NEWEST).kept(nanos, now == null ? newest : nanos(now));

    List<String> keeps = new ArrayList<>();
    List<String> destroys = new ArrayList<>();
    for (int i = 0; i < nanos.length; i++)
      (kept.get(i) ? keeps : destroys).add(taken.get(i).getString("name"));
    assertOutcome(one, keeps, destroys);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void rules(Case one) {
    List<Map<String, Object>> keep = new ArrayList<>();
    JsonArray wanted = one.input().getJsonArray("rules");
    if (wanted != null) for (JsonObject rule : Cases.objects(wanted)) keep.add(rule(rule));
    var problems = new Problems();
    var rules = new Rules(new OwnRules());
    var settings =
        TestSettings.block(
            "modules.pruner",
            Map.of("policies", Map.of("all", Map.of("volumes", "*", "at_least", 0, "keep", keep))));
    var config = PrunerConfig.read(settings, rules, problems);
    assertThat(problems.inOrder()).isEmpty();
    Series series = replicatedFirst(Cases.objects(one.input().getJsonArray("snapshots")));

    var plan = VolumePlan.of(series, config.policies(), rules);

    // Before the hold that stands for the cursor counts.
    BitSet letGo = series.allBut(new BitSet());
    plan.rulings().forEach(ruling -> letGo.and(ruling.letsGo()));
    assertOutcome(one, Taken.others(series, letGo), Taken.names(series, letGo));
  }

  /** In the words of this plugin. */
  private static Map<String, Object> rule(JsonObject rule) {
    String regex = rule.getString("regex", "");
    return switch (rule.getString("type")) {
      case "regex" ->
          Map.of("regex", Map.of("regex", regex, "negate", rule.getBoolean("negate", false)));
      case "last_n" -> Map.of("last", Map.of("count", rule.getInteger("count"), "regex", regex));
      case "grid" -> Map.of("grid", Map.of("spec", rule.getString("grid"), "regex", regex));
      case "not_replicated" ->
          Map.of("not_replicated", Map.of("job", JOB, "keep_snapshot_at_cursor", false));
      default -> throw new AssertionError("unknown rule " + rule);
    };
  }

  /** A cursor divides a history in two: what is replicated came before it, or is at it. */
  private static Series replicatedFirst(List<JsonObject> snapshots) {
    List<SnapshotInfo> all = new ArrayList<>();
    List<JsonObject> replicated =
        snapshots.stream().filter(one -> one.getBoolean("replicated")).toList();
    for (JsonObject one : replicated)
      all.add(
          one.equals(replicated.getLast())
              ? Taken.at(one.getString("name"), one.getLong("t"), ANCHOR)
              : Taken.at(one.getString("name"), one.getLong("t")));
    for (JsonObject one : snapshots)
      if (!one.getBoolean("replicated")) all.add(Taken.at(one.getString("name"), one.getLong("t")));
    return Taken.series(all);
  }

  @ParameterizedTest
  @MethodSource("specs")
  void gridspec(Case one) throws Exception {
    String spec = one.input().getString("spec");
    String error = one.expected().getString("error");
    if (error != null) {
      var refused = catchThrowableOfType(GridSpec.NoGrid.class, () -> GridSpec.parse(spec));
      assertThat(refused.fault()).hasToString(error);
      return;
    }
    List<Run> expanded = new ArrayList<>();
    for (Run run : GridSpec.parse(spec))
      for (int i = 0; i < run.buckets(); i++) expanded.add(new Run(1, run.length(), run.keep()));
    assertThat(expanded)
        .isEqualTo(
            Cases.objects(one.expected().getJsonArray("intervals")).stream()
                .map(interval -> new Run(1, length(interval), keep(interval)))
                .toList());
  }

  @ParameterizedTest
  @MethodSource("cursors")
  void cursor(Case one) {
    Integer cursor = one.input().getInteger("cursorGuid");
    List<SnapshotInfo> all =
        Cases.objects(one.input().getJsonArray("versions")).stream()
            .sorted(Comparator.comparing(version -> version.getInteger("createtxg")))
            .map(version ->
                version.getInteger("guid").equals(cursor)
                    ? Taken.at(version.getString("name"), 0, ANCHOR)
                    : Taken.at(version.getString("name"), 0))
            .toList();
    Series series = Taken.series(all);
    boolean keepAtCursor = one.input().getBoolean("keepSnapshotAtCursor");

    BitSet replicated = new NotReplicated(ANCHOR, keepAtCursor).letsGo(series);

    assertThat(Set.copyOf(Taken.names(series, replicated)))
        .isEqualTo(Cases.set(one.expected(), "replicated"));
    assertThat(Set.copyOf(Taken.others(series, replicated)))
        .isEqualTo(Cases.set(one.expected(), "notReplicated"));
  }

  @Test
  void aKindThatNobodyKnowsFailsTheLoading() {
    assertThatThrownBy(() -> new Case("x", "moon-phase", new JsonObject(), new JsonObject()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("moon-phase");
  }

  private static void assertOutcome(
      Case one, Collection<String> keeps, Collection<String> destroys) {
    assertThat(Set.copyOf(keeps)).as("keep").isEqualTo(Cases.set(one.expected(), "keep"));
    assertThat(Set.copyOf(destroys)).as("destroy").isEqualTo(Cases.set(one.expected(), "destroy"));
  }

  private static Duration length(JsonObject interval) {
    return Duration.ofSeconds(interval.getLong("lengthSec"));
  }

  private static int keep(JsonObject interval) {
    Object keep = interval.getValue("keep");
    return keep.equals("all") ? Grid.ALL : (Integer) keep;
  }

  private static long nanos(long seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }
}
