package dev.penstock.pruner.run;

import static dev.penstock.spi.testing.Settled.done;
import static dev.penstock.spi.testing.Settled.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.pruner.OwnRules;
import dev.penstock.pruner.Taken;
import dev.penstock.pruner.run.VolumeReport.State;
import dev.penstock.pruner.run.Wanted.Trigger;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.FakeTasks;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Runs come one after the other; a cancel or a stop ends them between any two steps. */
class RunsInTurnTest extends PrunerRuns {
  @Test
  void runsComeOneAfterTheOtherAndAStopEndsThoseThatHangAndThoseThatWait() {
    snapshots.volume("a", Taken.all("x@1 y@2"));
    Promise<Void> back = snapshots.hang("a");
    var pruner = keeping(last(1));
    Future<RunReport> hanging = pruner.ask(ALL, _ -> {});
    await().until(() -> snapshots.looks().size() == 1);
    Future<RunReport> waiting = pruner.ask(ALL, _ -> {});
    await().until(() -> tasks.all().size() == 2 && tasks.all().get(1).isIdle());

    done(pruner.stop());

    assertThat(failure(hanging)).hasMessageContaining("ended");
    assertThat(failure(waiting)).hasMessageContaining("ended");
    assertThat(snapshots.looks()).hasSize(1);
    assertThat(pruner.reports())
        .extracting(RunReport::state)
        .containsOnly(RunReport.State.CANCELLED);
    back.complete();
    assertThat(snapshots.names("a")).containsExactly("x", "y");
  }

  @Test
  void whatIsWantedWhileARunIsUnderWayIsARunForEachTriggerAndNoTaskBefore() {
    for (String volume : List.of("a", "vm-1", "vm-2", "db"))
      snapshots.volume(volume, Taken.all("x@1 y@2"));
    Promise<Void> back = snapshots.hang("a");
    var pruner =
        pruner(
            Map.of(
                "vms", Map.of("volumes", "vm-*", "keep", List.of(last(1))),
                "rest", Map.of("volumes", List.of("a", "db"), "keep", List.of(last(1)))),
            Map.of());
    pruner.want(new Wanted(Trigger.SNAPSHOT, Set.of(), Set.of("a")));
    await().until(() -> snapshots.looks().size() == 1);
    for (int i = 0; i < 300; i++) {
      pruner.want(new Wanted(Trigger.TIME, Set.of(i % 2 == 0 ? "vms" : "rest"), Set.of()));
      pruner.want(new Wanted(Trigger.SNAPSHOT, Set.of(), Set.of("vm-" + i)));
    }
    assertThat(tasks.all()).hasSize(1);

    back.complete();

    await().until(() -> pruner.reports().size() == 3);
    assertThat(tasks.all())
        .extracting(FakeTasks.Begun::name)
        .containsExactly("prune a", "prune rest, vms", "prune vm-0, vm-1, vm-10 and 297 more");
    assertThat(pruner.reports().get(1).volumesTotal()).isEqualTo(4);
    assertThat(pruner.reports().get(0).volumesTotal()).isEqualTo(2);
  }

  @Test
  void aStopEndsWhatWaitsAndNoTaskIsBegunForIt() {
    snapshots.volume("a", Taken.all("x@1 y@2"));
    snapshots.hang("a");
    var pruner = keeping(last(1));
    pruner.want(BY_ITSELF);
    await().until(() -> snapshots.looks().size() == 1);
    pruner.want(BY_ITSELF);
    done(pruner.stop());
    pruner.want(BY_ITSELF);
    assertThat(tasks.all()).hasSize(1);
  }

  @Test
  void soManyRunsThatSomebodyAskedForWaitAndNoMore() {
    snapshots.volume("a", Taken.all("x@1 y@2"));
    Promise<Void> back = snapshots.hang("a");
    var pruner = keeping(last(1));
    List<Future<RunReport>> asked = new ArrayList<>();
    for (int i = 0; i < Pruner.ASKED_MAX; i++) asked.add(pruner.ask(ALL, _ -> {}));
    assertThat(failure(pruner.ask(ALL, _ -> {})))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("16 prune runs");
    await().until(() -> snapshots.looks().size() == 1);
    back.complete();
    asked.forEach(one -> done(one));
    ran(pruner);
  }

  @Test
  void aRunThatIsCancelledLeavesAReport() {
    snapshots.volume("a", Taken.all("x@1 y@2"));
    snapshots.hang("a");
    var pruner = keeping(last(1));
    Future<RunReport> run = pruner.ask(ALL, _ -> {});
    await().until(() -> snapshots.looks().size() == 1);

    tasks.all().getFirst().interrupt();

    failure(run);
    assertThat(of(pruner.reports().getFirst(), "a").state()).isEqualTo(State.CANCELLED);
    assertThat(pruner.reports().getFirst().state()).isEqualTo(RunReport.State.CANCELLED);
  }

  @Test
  void aCancelEndsARunBetweenTwoVolumes() {
    List<String> planned = new CopyOnWriteArrayList<>();
    extensions =
        new OwnRules(
            new OddRule(_ ->
                series -> {
                  planned.add(series.volume());
                  tasks.all().getFirst().interrupt();
                  return new BitSet();
                }));
    for (String volume : List.of("a", "b", "c")) snapshots.volume(volume, Taken.all("x@1 y@2"));
    var report = failed(keeping(Map.of("odd", Map.of())));
    assertThat(planned).containsExactly("a");
    assertThat(report.state()).isEqualTo(RunReport.State.CANCELLED);
  }

  @Test
  void aStopEndsARunBetweenTwoVolumes() {
    List<String> planned = new CopyOnWriteArrayList<>();
    AtomicReference<Runnable> stop = new AtomicReference<>(() -> {});
    extensions =
        new OwnRules(
            new OddRule(_ ->
                series -> {
                  planned.add(series.volume());
                  stop.get().run();
                  return new BitSet();
                }));
    for (String volume : List.of("a", "b", "c")) snapshots.volume(volume, Taken.all("x@1 y@2"));
    var pruner = keeping(Map.of("odd", Map.of()));
    stop.set(pruner::stop);
    failed(pruner);
    assertThat(planned).containsExactly("a");
  }

  @Test
  void aStopEndsARunBetweenTwoCallsAndWhatIsGoneIsReported() {
    snapshots.volume("a", Taken.all("s1@1 s2@2 s3@3 s4@4"));
    var pruner = pruner(all(last(1)), Map.of("batch", 1));
    snapshots.beforeDestroy(pruner::stop);
    var report = failed(pruner);
    assertThat(snapshots.names("a")).containsExactly("s2", "s3", "s4");
    assertThat(of(report, "a").state()).isEqualTo(State.CANCELLED);
    assertThat(of(report, "a").destroyed()).containsExactly("s1");
    assertThat(observer.destroyed.get()).isEqualTo(1);
  }
}
