package dev.penstock.replication.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.plan.Step;
import dev.penstock.replication.plan.Version;
import dev.penstock.replication.report.RunReport.Outcome;
import dev.penstock.replication.report.VolumeReport.State;
import dev.penstock.replication.report.VolumeReport.WaitsFor;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.module.ModuleState;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RunLogTest {
  private static final long SIZE = 1000;
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private final GatewayError away =
      new GatewayError.Unavailable(Scope.CONNECTION, Duration.ofSeconds(4), "no answer");

  private Instant now = START;
  private final RunLog log = new RunLog("offsite", "every 15m", () -> now);

  @ParameterizedTest
  @EnumSource(value = Outcome.class, names = "RUNNING", mode = EnumSource.Mode.EXCLUDE)
  void everyEndHasItsTime(Outcome how) {
    log.attempt();
    now = START.plusSeconds(7);
    log.finish(how);

    assertThat(log.report().outcome()).isEqualTo(how);
    assertThat(log.report().finishedAt()).contains(now);
    assertThat(log.report().attempts().getFirst().finishedAt()).contains(now);
  }

  @Test
  void aRunThatIsLeftByAnExceptionHasFailedAndHasItsTime() {
    try (log) {
      log.attempt();
      now = START.plusSeconds(7);
      throw new IllegalStateException("a bug");
    } catch (IllegalStateException _) {
      assertThat(log.report().outcome()).isEqualTo(Outcome.FAILED);
      assertThat(log.report().finishedAt()).contains(now);
    }
  }

  @Test
  void onlyTheFirstWordAboutTheEndCounts() {
    log.finish(Outcome.SUCCEEDED);
    now = START.plusSeconds(7);
    log.finish(Outcome.CANCELLED);
    log.attempt();
    log.volume("vm-1", volume -> volume);

    assertThat(log.report().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(log.report().finishedAt()).contains(START);
    assertThat(log.report().attempts()).isEmpty();
  }

  @Test
  void aVolumeIsFollowedFromItsPlanToItsLastStep() {
    log.attempt();
    log.volume("vm-1", volume -> volume.planned(List.of(step("", "b"), step("b", "c")), 0).sent(4));
    log.volume(
        "vm-1",
        volume -> volume.failed(ErrorReport.of(away, now), 1, Optional.of(now.plusSeconds(4))));
    assertThat(volume().state()).isEqualTo(State.STEP_ERROR);
    assertThat(volume().notBefore()).contains(now.plusSeconds(4));

    log.volume("vm-1", volume -> volume.sent(6).stepDone());
    assertThat(volume().error()).isEmpty();
    assertThat(volume().consecutiveErrors()).isZero();
    assertThat(volume().steps().getFirst()).isEqualTo(new StepReport("", "b", false, SIZE, 10));
    log.volume("vm-1", VolumeReport::stepDone);
    assertThat(volume().isDone()).isTrue();
  }

  @Test
  void aVolumeThatIsPlannedAnewForgetsNeitherItsStepsNorWhatWasSent() {
    log.attempt();
    log.volume("vm-1", one -> one.planned(List.of(step("", "a"), step("a", "b")), 0));
    log.volume("vm-1", one -> one.sent(100).stepDone().sent(30));
    log.volume("vm-1", one -> one.planned(List.of(step("a", "b"), step("b", "c")), 0).sent(70));

    assertThat(volume().steps()).extracting(StepReport::to).containsExactly("a", "b", "c");
    assertThat(volume().steps()).extracting(StepReport::bytesSent).containsExactly(100L, 100L, 0L);
    assertThat(volume().stepsDone()).isEqualTo(1);

    log.volume("vm-1", one -> one.planned(List.of(), 0));
    assertThat(volume().isDone()).isTrue();
    assertThat(volume().steps()).hasSize(1);
  }

  @Test
  void whatIsExpectedOfASnapshotIsTheSameHoweverOftenItIsPlanned() {
    log.attempt();
    log.volume("vm-1", one -> one.planned(List.of(resumed("a"), step("a", "b")), 300).sent(20));
    log.volume("vm-1", one -> one.planned(List.of(resumed("a"), step("a", "b")), 310));

    assertThat(volume().steps())
        .extracting(StepReport::bytesExpected)
        .as("what was missing of all of it, and of a difference nobody knows")
        .containsExactly(SIZE - 300L, 0L);
    assertThat(volume().steps().getFirst().bytesSent()).isEqualTo(20);
  }

  @Test
  void aStepWhoseAnswerWasLostIsDoneOnceTheReceiverIsSeenToHaveIt() {
    log.attempt();
    log.volume("vm-1", one -> one.planned(List.of(step("", "a"), step("a", "b")), 0).sent(20));
    log.volume("vm-1", one -> one.failed(ErrorReport.of(away, now), 1, Optional.of(now)));
    log.volume("vm-1", one -> one.arrived("a").planned(List.of(step("a", "b")), 0));

    assertThat(volume().stepsDone()).isEqualTo(1);
    assertThat(volume().steps()).extracting(StepReport::bytesSent).containsExactly(20L, 0L);
    assertThat(volume().notBefore()).isEmpty();

    log.volume("vm-1", one -> one.arrived("b").planned(List.of(), 0));
    assertThat(volume().isDone()).isTrue();
    assertThat(volume().stepsDone()).isEqualTo(2);
    assertThat(volume().error()).isEmpty();
  }

  @Test
  void aRunThatIsOverWaitsForNothing() {
    log.attempt();
    log.waitsForPeer(away, START.plusSeconds(600));
    assertThat(log.report().waiting()).isPresent();
    log.waitsNoMore();
    assertThat(log.report().waiting()).isEmpty();

    log.waitsForPeer(away, START.plusSeconds(600));
    log.volume("vm-1", one -> one.planned(List.of(step("", "a")), 0));
    log.volume("vm-1", one -> one.failed(ErrorReport.of(away, now), 1, Optional.of(now)));
    log.finish(Outcome.CANCELLED);

    assertThat(log.report().waiting()).isEmpty();
    assertThat(volume().waitsFor()).isEqualTo(WaitsFor.NOTHING);
    assertThat(volume().notBefore()).isEmpty();
    assertThat(volume().error()).isPresent();
  }

  @Test
  void aReportIsJsonWithErrorClassAndNextTry() {
    log.attempt();
    log.planFailed(away);
    log.waitsForPeer(away, START.plusSeconds(600));
    log.attempt();
    log.volume("vm-1", volume -> volume.planned(List.of(step("", "b")), 0));
    log.volume("vm-1", volume -> volume.failed(ErrorReport.of(away, now), 2, Optional.of(now)));
    log.volume("vm-1", volume -> volume.deferring(List.of("vm-1@a: job other")));
    JsonObject json = log.report().toJson();

    assertThat(json.getString("outcome")).isEqualTo("running");
    assertThat(json.containsKey("finished_at")).isFalse();
    assertThat(json.getJsonObject("waiting_for_peer").getString("until"))
        .isEqualTo("2026-01-01T00:10:00Z");
    assertThat(json.getJsonArray("attempts").getJsonObject(0).getString("state"))
        .isEqualTo("planning_error");
    JsonObject volume =
        json.getJsonArray("attempts").getJsonObject(1).getJsonArray("volumes").getJsonObject(0);
    assertThat(volume.getJsonObject("error").getString("class")).isEqualTo("wait_for_peer");
    assertThat(volume.getInteger("consecutive_errors")).isEqualTo(2);
    assertThat(volume.getString("not_before")).isEqualTo("2026-01-01T00:00:00Z");
    assertThat(volume.getJsonArray("deferred")).containsExactly("vm-1@a: job other");
    assertThat(volume.getJsonArray("steps").getJsonObject(0).getString("from")).isEmpty();
  }

  @Test
  void aHistoryStaysSmallAndKeepsWhatFailed() {
    var history = RunHistory.NONE;
    for (int run = 0; run < 50; run++) history = history.with(large(run));

    assertThat(history.text().length()).isLessThanOrEqualTo(ModuleState.VALUE_CHARACTERS_MAX);
    assertThat(history.runs()).hasSizeBetween(4, RunHistory.RUNS_MAX);
    assertThat(history.runs().getFirst().getString("trigger")).isEqualTo("run 49");
    assertThat(history.runs().getFirst().encode()).contains("\"vm-977\"", "no answer");
    assertThat(RunHistory.read(history.text())).isEqualTo(history);
  }

  @Test
  void aHistoryRemembersTheLastSuccessBehindWhatFailedSince() {
    log.finish(RunReport.Outcome.SUCCEEDED);
    var failed = new RunLog("offsite", "schedule", () -> now.plusSeconds(60));
    failed.close();

    RunHistory history = RunHistory.NONE.with(log.report()).with(failed.report());

    assertThat(RunHistory.read(history.text()).lastSuccess()).contains(now);
    assertThat(RunHistory.NONE.lastSuccess()).isEmpty();
  }

  @Test
  void aHistoryThatCannotBeReadIsEmpty() {
    assertThat(RunHistory.read("{[")).isEqualTo(RunHistory.NONE);
  }

  /** A thousand volumes of a hundred steps; one has failed. */
  private RunReport large(int run) {
    var one = new RunLog("offsite", "run " + run, () -> now);
    for (int attempt = 0; attempt < 3; attempt++) {
      one.attempt();
      for (int i = 0; i < 1000; i++) {
        one.volume("vm-" + i, volume -> volume.planned(List.of(), 0));
      }
      one.volume("vm-977", volume -> volume.failed(ErrorReport.of(away, now), 1, Optional.empty()));
    }
    one.close();
    return one.report();
  }

  private VolumeReport volume() {
    return log.report().attempts().getLast().volumes().getFirst();
  }

  private static Step resumed(String to) {
    return new Step(Optional.empty(), version(to), true);
  }

  private static Step step(String from, String to) {
    return new Step(
        Optional.of(from).filter(name -> !name.isEmpty()).map(RunLogTest::version),
        version(to),
        false);
  }

  private static Version version(String name) {
    return new Version(
        Version.Kind.SNAPSHOT, new UUID(0, name.hashCode()), name, 0, START, SIZE, Set.of());
  }
}
