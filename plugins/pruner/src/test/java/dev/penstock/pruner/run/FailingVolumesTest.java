package dev.penstock.pruner.run;

import static dev.penstock.spi.testing.Settled.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.pruner.Taken;
import dev.penstock.pruner.config.Limits;
import dev.penstock.pruner.run.VolumeReport.State;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A volume or a store that fails or hangs keeps nobody else from being pruned. */
class FailingVolumesTest extends PrunerRuns {
  @Test
  void aVolumeThatFailsInPassingAndThenForGoodKeepsNobodyFromBeingPruned() {
    for (String volume : List.of("a", "b", "c")) snapshots.volume(volume, Taken.all("x@1 y@2"));
    snapshots.failDestroys("a", passes, forGood);

    var report = failed(keeping(last(1)));

    assertThat(snapshots.names("b")).containsExactly("y");
    assertThat(snapshots.names("c")).containsExactly("y");
    assertThat(of(report, "a").state()).isEqualTo(State.FAILED);
    assertThat(of(report, "a").attempts()).isEqualTo(2);
    assertThat(of(report, "a").error()).contains("a@x: it is bad");
    assertThat(of(report, "a").failed()).containsExactly(new VolumeReport.Stayed("x", "it is bad"));
    assertThat(observer.failures).containsExactly("a 1 again", "a 2 given up");
    assertThat(standings.failing()).isEqualTo(1);

    ran(keeping(last(1)));
    assertThat(snapshots.names("a")).containsExactly("y");
    assertThat(standings.failing()).isZero();
  }

  @Test
  void aRunTriesAVolumeAFewTimesAndEnds() {
    snapshots.volume("a", Taken.all("x@1 y@2"));
    snapshots.failDestroys("a", passes, passes, passes, passes);
    assertThat(of(failed(keeping(last(1))), "a").attempts()).isEqualTo(Limits.DEFAULTS.attempts());
  }

  @Test
  void aVolumeThatHangsStarvesNobodyAndIsLeftAloneUntilItIsBack() {
    for (String volume : List.of("a", "b", "c")) snapshots.volume(volume, Taken.all("x@1 y@2"));
    Promise<Void> back = snapshots.hang("a");
    var pruner =
        pruner(
            Map.of("local", Map.of("volumes", "*", "keep", List.of(last(1)))),
            Map.of("volumes", 1, "call", "100ms"));

    var report = failed(pruner);

    assertThat(of(report, "a").state()).isEqualTo(State.HANGS);
    assertThat(snapshots.names("b")).containsExactly("y");
    assertThat(snapshots.names("c")).containsExactly("y");
    assertThat(of(failed(pruner), "a").state()).isEqualTo(State.HANGS);
    assertThat(snapshots.looks()).as("looks at a").filteredOn("a"::equals).hasSize(1);

    back.complete();
    assertThat(of(ran(pruner), "a").destroyed()).containsExactly("x");
  }

  @Test
  void aSnapshotWithoutAnAnswerIsAnErrorAndTheNextBatchIsDestroyedAllTheSame() {
    snapshots.volume("a", Taken.all("s1@1 s2@2 s3@3 s4@4"));
    snapshots.answerLess(1);
    var pruner =
        pruner(
            Map.of("local", Map.of("volumes", "*", "keep", List.of(last(1)))), Map.of("batch", 2));
    var report = failed(pruner);
    assertThat(of(report, "a").failed())
        .extracting(VolumeReport.Stayed::snapshot)
        .containsExactly("s2");
    assertThat(snapshots.destroys()).hasSize(2);
  }

  @Test
  void aVolumeThatFailedIsLeftAloneForAWhileUnlessSomebodyAsks() {
    backoff = Duration.ofMinutes(30);
    snapshots.volume("a", Taken.all("x@1 y@2"));
    snapshots.failDestroys("a", passes);
    var pruner = keeping(last(1));
    assertThat(of(failed(pruner), "a").notBefore()).isPresent();

    failure(pruner.ask(BY_ITSELF, _ -> {}));
    assertThat(of(pruner.reports().getFirst(), "a").state()).isEqualTo(State.BACKING_OFF);
    assertThat(snapshots.destroys()).hasSize(1);

    ran(pruner);
    assertThat(snapshots.names("a")).containsExactly("y");
  }

  @Test
  void whatCannotBeListedIsAFailedRunWithAReason() {
    snapshots.failLists(new GatewayError.Failed(Scope.MODULE, "no store answers"));
    var report = failed(keeping(last(1)));
    assertThat(report.state()).isEqualTo(RunReport.State.FAILED);
    assertThat(report.error()).contains("no store answers");
  }

  @Test
  void aStoreThatDoesNotAnswerIsAFailureAndKeepsNobodyFromBeingPruned() {
    snapshots.volume("a", Taken.all("x@1 y@2"));
    snapshots.volume("b", Taken.all("x@1 y@2"));
    snapshots.failDestroys("b", forGood);
    var pruner = keeping(last(1));
    failed(pruner);
    snapshots.volume("a", Taken.all("x@1 y@2"));
    snapshots.remove("b"); // since it is in the store that is silent now
    snapshots.silence("far", passes);

    var report = failed(pruner);

    assertThat(snapshots.names("a")).containsExactly("y");
    assertThat(report.error()).contains("stores that did not answer: far: it is busy");
    assertThat(report.state()).isEqualTo(RunReport.State.FAILED);
    assertThat(standings.failing()).as("b is not forgotten").isEqualTo(1);
  }
}
