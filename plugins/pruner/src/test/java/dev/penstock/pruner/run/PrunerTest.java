package dev.penstock.pruner.run;

import static dev.penstock.spi.testing.Settled.done;
import static dev.penstock.spi.testing.Settled.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.pruner.OwnRules;
import dev.penstock.pruner.Taken;
import dev.penstock.pruner.config.Limits;
import dev.penstock.pruner.run.VolumeReport.State;
import dev.penstock.pruner.run.Wanted.Trigger;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.testing.FakeTasks;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs against stores that fail, hang and change while a run is under way. */
class PrunerTest extends PrunerRuns {
  @Test
  void destroysWhatEveryRuleLetsGo() {
    snapshots.volume("a", Taken.all("auto-1@1 manual@2 auto-2@3 auto-3@4"));
    snapshots.volume("b", Taken.all("auto-1@1"));

    var report = ran(keeping(last(1), Map.of("regex", Map.of("regex", "^manual"))));

    assertThat(snapshots.names("a")).containsExactly("manual", "auto-3");
    assertThat(snapshots.names("b")).containsExactly("auto-1");
    assertThat(report.state()).isEqualTo(RunReport.State.DONE);
    assertThat(report.volumesTotal()).isEqualTo(2);
    assertThat(report.volumes()).singleElement().isEqualTo(of(report, "a"));
    assertThat(of(report, "a").destroyed()).containsExactly("auto-1", "auto-2");
    assertThat(of(report, "a").stay()).isEqualTo(2);
    assertThat(observer.destroyed.get()).isEqualTo(2);
    assertThat(standings.stay()).isEqualTo(3);
  }

  @Test
  void asksNothingOfVolumesOfWhichNothingGoes() {
    snapshots.volume("a", Taken.all("a@1"));
    ran(keeping(last(1)));
    assertThat(snapshots.looks()).isEmpty();
    assertThat(snapshots.destroys()).isEmpty();
  }

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
  void whatIsNeededIsDeferredAndGoesAtTheNextRunAfterwards() {
    snapshots.volume("a", Taken.all("x@1 y@2 z@3"));
    snapshots.lease(Taken.at("x", 1).guid(), "module replication: job offsite");
    var pruner = keeping(last(1));

    var report = ran(pruner);

    assertThat(report.state()).isEqualTo(RunReport.State.DONE);
    assertThat(snapshots.names("a")).containsExactly("x", "z");
    assertThat(of(report, "a").deferred())
        .containsExactly(new VolumeReport.Stayed("x", "module replication: job offsite"));
    assertThat(standings.deferred()).containsExactly("a");
    assertThat(observer.deferred.get()).isEqualTo(1);

    snapshots.release(Taken.at("x", 1).guid());
    ran(pruner);
    assertThat(snapshots.names("a")).containsExactly("z");
    assertThat(standings.deferred()).isEmpty();
  }

  @Test
  void whatIsHeldIsNeverAskedToBeDestroyed() {
    snapshots.volume("a", Taken.all("x@1+anchor.offsite y@2 z@3"));
    ran(keeping(last(1)));
    assertThat(snapshots.destroys())
        .containsExactly(List.of(Meant.seen(name("a", "y"), Taken.at("y", 2).guid())));
  }

  @Test
  void whatSomebodyElseDestroyedMeanwhileIsGoneAndNoFailure() {
    snapshots.volume("a", Taken.all("x@1 y@2"));
    snapshots.beforeDestroy(() -> snapshots.volume("a", Taken.all("y@2")));
    var report = ran(keeping(last(1)));
    assertThat(report.state()).isEqualTo(RunReport.State.DONE);
    assertThat(report.destroyed()).isZero();
  }

  @Test
  void whatIsHeldMeanwhileStaysAndIsNoFailure() {
    snapshots.volume("a", Taken.all("x@1 y@2"));
    snapshots.beforeDestroy(() -> snapshots.replace("a", Taken.at("x", 1, "anchor.offsite")));
    var report = ran(keeping(last(1)));
    assertThat(report.state()).isEqualTo(RunReport.State.DONE);
    assertThat(snapshots.names("a")).containsExactly("x", "y");
    assertThat(snapshots.destroys()).hasSize(1);
  }

  @Test
  void anotherSnapshotThatGotTheNameMeanwhileStays() {
    snapshots.volume("a", Taken.all("x@1 y@2"));
    var other = new SnapshotInfo(new UUID(7, 7), "x", 1, Instant.ofEpochSecond(9), Set.of());
    snapshots.beforeDestroy(() -> snapshots.volume("a", List.of(Taken.at("y", 2), other)));
    ran(keeping(last(1)));
    assertThat(snapshots.names("a")).containsExactly("x");
  }

  @Test
  void aVolumeThatGoesMeanwhileIsDone() {
    snapshots.volume("a", Taken.all("x@1 y@2"));
    snapshots.volume("b", Taken.all("x@1 y@2"));
    snapshots.failDestroys("a", passes);
    snapshots.beforeDestroy(() -> snapshots.remove("a"));
    assertThat(ran(keeping(last(1))).state()).isEqualTo(RunReport.State.DONE);
    assertThat(snapshots.names("b")).containsExactly("y");
  }

  @Test
  void destroysInBatchesThatAreBounded() {
    snapshots.volume("a", Taken.all("s1@1 s2@2 s3@3 s4@4 s5@5 s6@6"));
    var pruner =
        pruner(
            Map.of("local", Map.of("volumes", "*", "keep", List.of(last(1)))), Map.of("batch", 2));
    ran(pruner);
    assertThat(snapshots.destroys()).extracting(List::size).containsExactly(2, 2, 1);
    assertThat(tasks.all().getFirst().units()).isEqualTo(11); // 5 snapshots, a volume, 5 answers
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

  @Test
  void aRuleThatIsNotThereAnyMoreLetsNothingGo() {
    extensions = new OwnRules(new Odd(_ -> (ConfiguredRule) series -> series.where(_ -> true)));
    snapshots.volume("odd", Taken.all("x@1 y@2"));
    snapshots.volume("plain", Taken.all("x@1 y@2"));
    var pruner =
        pruner(
            Map.of(
                "odd", Map.of("volumes", "odd", "keep", List.of(Map.of("odd", Map.of()))),
                "plain", Map.of("volumes", "plain", "keep", List.of(last(1)))),
            Map.of("attempts", 1));
    extensions = new OwnRules(); // its plugin was unloaded

    var report = failed(pruner);

    assertThat(snapshots.names("odd")).containsExactly("x", "y");
    assertThat(snapshots.names("plain")).containsExactly("y");
    assertThat(of(report, "odd").error().orElseThrow()).contains("odd: odd: no plugin brings");
  }

  @Test
  void aRuleThatThrowsLetsNothingGo() {
    extensions =
        new OwnRules(
            new Odd(_ ->
                series -> {
                  throw new NoClassDefFoundError("gone");
                }));
    snapshots.volume("a", Taken.all("x@1 y@2"));
    var report = failed(keeping(Map.of("odd", Map.of())));
    assertThat(snapshots.names("a")).containsExactly("x", "y");
    assertThat(of(report, "a").error().orElseThrow())
        .contains("local: odd: the rule failed", "gone");
  }

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
  void whenWhatWasDeferredIsTriedAgainNothingElseGoes() {
    snapshots.volume("a", Taken.all("x@1 y@2 z@3"));
    snapshots.lease(Taken.at("x", 1).guid(), "job offsite");
    var pruner = keeping(last(1));
    ran(pruner);
    snapshots.release(Taken.at("x", 1).guid());
    snapshots.volume("a", Taken.all("x@1 z@3 new@4"));

    pruner.want(new Wanted(Trigger.DEFERRED, Set.of(), standings.deferred()));

    await().until(() -> pruner.reports().size() == 2);
    assertThat(snapshots.names("a")).containsExactly("z", "new");
    assertThat(standings.deferred()).isEmpty();
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
  void eachAnswerOfTheStoresIsProgress() {
    snapshots.volume("a", Taken.all("x@1 y@2"));
    Promise<Void> back = snapshots.hang("a");
    var pruner = keeping(last(1));
    Future<RunReport> run = pruner.ask(ALL, _ -> {});
    await().until(() -> tasks.all().size() == 1 && snapshots.looks().size() == 1);
    await().until(() -> tasks.all().getFirst().units() == 1); // the list
    back.complete();
    done(run);
    assertThat(tasks.all().getFirst().units()).isEqualTo(5); // and a look, a destroy, x, a
  }

  @Test
  void eachVolumeThatIsPlannedIsProgress() {
    List<Long> units = new CopyOnWriteArrayList<>();
    extensions =
        new OwnRules(
            new Odd(_ ->
                series -> {
                  units.add(tasks.all().getFirst().units());
                  return new BitSet();
                }));
    for (String volume : List.of("a", "b", "c")) snapshots.volume(volume, Taken.all("x@1"));
    ran(keeping(Map.of("odd", Map.of())));
    assertThat(units).containsExactly(0L, 2L, 3L); // the list counts with the first
  }

  /** A wait, a call and a plan may all take as long as they may, one after the other. */
  @Test
  void aRunWithinItsLimitsTakesAStepBeforeItCountsAsStalled() {
    var limits = Limits.DEFAULTS;
    assertThat(PruneRun.stall(limits)).isGreaterThan(PruneRun.WAIT_MAX.plus(limits.call()));
  }

  @Test
  void nobodyIsLateWhoseAnswerCameWhileAnotherVolumeWasPlanned() {
    for (String volume : List.of("a", "b")) snapshots.volume(volume, Taken.all("x@1 y@2"));
    Promise<Void> back = snapshots.hang("b");
    var planned = new AtomicInteger();
    extensions =
        new OwnRules(
            new Odd(_ ->
                series -> {
                  if (series.volume().equals("a") && planned.incrementAndGet() == 2) {
                    await().until(() -> snapshots.looks().contains("b"));
                    passedNanos.addAndGet(Limits.DEFAULTS.call().plusSeconds(1).toNanos());
                    back.complete();
                  }
                  return series.where(_ -> true);
                }));
    var report = ran(keeping(Map.of("odd", Map.of())));
    assertThat(of(report, "b").destroyed()).containsExactly("x");
  }

  @Test
  void aCancelEndsARunBetweenTwoVolumes() {
    List<String> planned = new CopyOnWriteArrayList<>();
    extensions =
        new OwnRules(
            new Odd(_ ->
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
            new Odd(_ ->
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

  @Test
  void whatNoPolicyMeansAnyMoreIsLeftAloneFromTheNextCallOn() {
    snapshots.volume("a", Taken.all("s1@1 s2@2 s3@3 s4@4"));
    var pruner = pruner(all(last(1)), Map.of("batch", 1));
    snapshots.beforeDestroy(() -> configure(Map.of(), Map.of()));
    var report = ran(pruner);
    assertThat(snapshots.names("a")).containsExactly("s2", "s3", "s4");
    assertThat(of(report, "a").destroyed()).containsExactly("s1");
  }

  @Test
  void aPolicyThatChangesIsListenedToFromTheNextCallOn() {
    snapshots.volume("a", Taken.all("s1@1 s2@2 s3@3 s4@4"));
    snapshots.lease(Taken.at("s1", 1).guid(), "job offsite");
    var pruner = pruner(all(last(1)), Map.of("batch", 1));
    snapshots.beforeDestroy(() -> configure(all(last(2)), Map.of()));
    var report = ran(pruner);
    assertThat(snapshots.names("a")).containsExactly("s1", "s3", "s4");
    assertThat(of(report, "a").deferredCount()).as("s1 is asked for once").isEqualTo(1);
  }

  @Test
  void aVolumeThatThePolicyOfARunDoesNotMeanAnyMoreIsNotPrunedByOthers() {
    snapshots.volume("vm-1", Taken.all("s1@1 s2@2 s3@3 s4@4"));
    var everywhere = Map.of("volumes", "*", "keep", List.of(last(1)));
    var pruner =
        pruner(
            Map.of("vms", Map.of("volumes", "vm-*", "keep", List.of(last(1))), "all", everywhere),
            Map.of("batch", 1));
    snapshots.beforeDestroy(() -> configure(Map.of("all", everywhere), Map.of()));
    done(pruner.ask(new Wanted(Trigger.HAND, Set.of("vms"), Set.of()), _ -> {}));
    assertThat(snapshots.names("vm-1")).containsExactly("s2", "s3", "s4");
  }

  @Test
  void aPlanThatIsOldIsMadeAnewSoThatTheNewestStayWhateverOthersDestroy() {
    snapshots.volume("a", Taken.all("s1@1 s2@2 s3@3 s4@4"));
    snapshots.beforeDestroy(() -> {
      snapshots.volume("a", Taken.all("s1@1 s2@2")); // somebody destroyed the others
      passedNanos.addAndGet(PruneRun.PLAN_AGE_MAX.plusSeconds(1).toNanos());
    });
    ran(pruner(all(last(1)), Map.of("batch", 1)));
    assertThat(snapshots.names("a")).containsExactly("s2");
  }

  @Test
  void whatNoPolicyMeansAnyMoreIsForgotten() {
    snapshots.volume("a", Taken.all("x@1 y@2 z@3"));
    snapshots.volume("b", Taken.all("x@1 y@2"));
    snapshots.lease(Taken.at("x", 1).guid(), "job offsite");
    var pruner = keeping(last(1));
    ran(pruner);
    assertThat(standings.deferred()).containsExactly("a", "b");
    configure(Map.of("bs", Map.of("volumes", "b", "keep", List.of(last(1)))), Map.of());
    snapshots.silence("far", passes); // where a is, perhaps: no policy means it all the same
    failed(pruner);
    assertThat(standings.deferred()).containsExactly("b");
    assertThat(standings.stay()).isEqualTo(1);
  }

  @Test
  void aVolumeThatHangsIsNotForgottenWhileNoPolicyMeansIt() {
    snapshots.volume("a", Taken.all("x@1 y@2"));
    Promise<Void> back = snapshots.hang("a");
    var pruner = pruner(all(last(1)), Map.of("call", "100ms"));
    failed(pruner);
    configure(Map.of(), Map.of());
    ran(pruner);
    configure(all(last(1)), Map.of());
    assertThat(of(failed(pruner), "a").state()).isEqualTo(State.HANGS);
    assertThat(snapshots.looks()).hasSize(1);
    back.complete();
    ran(pruner);
    assertThat(snapshots.names("a")).containsExactly("y");
  }

  @Test
  void aListIsNotKeptOnceItWasRead() {
    var histories = new WeakReference<>(new Histories(List.of(), Map.of()));
    assertThat(standings.listing(() -> Future.succeededFuture(histories.get())).succeeded())
        .isTrue();
    await()
        .until(() -> {
          System.gc();
          return histories.get() == null;
        });
  }

  @Test
  void ofWhatGoesWithoutARuleIsToldOnceAndAgainOnceTheVolumeWasAway() {
    var pruner = keeping(Map.of("last", Map.of("count", 1, "regex", "^auto-")));
    for (int i = 0; i < 2; i++) {
      snapshots.volume("a", Taken.all("by-hand-1@1 auto-1@2"));
      ran(pruner);
    }
    assertThat(observer.unmatched).hasSize(1);
    snapshots.remove("a");
    ran(pruner);
    snapshots.volume("a", Taken.all("by-hand-1@1 auto-1@2"));
    ran(pruner);
    assertThat(observer.unmatched).hasSize(2);
  }

  /** What a plugin's rule throws, and when. */
  enum Fault {
    KEY,
    READ,
    LETS_GO,
    IS_FOR
  }

  @ParameterizedTest
  @EnumSource
  void aRuleThatFailsAtAnyTimeFailsTheVolumesOfItsPolicyAndNoOthers(Fault fault) {
    for (String volume : List.of("odd", "plain")) snapshots.volume(volume, Taken.all("x@1 y@2"));
    var faulty = new AtomicBoolean();
    extensions = new OwnRules(new Faulty(fault, faulty));
    var pruner =
        pruner(
            Map.of(
                "odd", Map.of("volumes", "odd", "keep", List.of(Map.of("faulty", Map.of()))),
                "plain", Map.of("volumes", "plain", "keep", List.of(last(1)))),
            Map.of("attempts", 1));
    faulty.set(true);

    var report = failed(pruner);

    assertThat(snapshots.names("odd")).containsExactly("x", "y");
    assertThat(snapshots.names("plain")).containsExactly("y");
    assertThat(of(report, "odd").error().orElseThrow())
        .contains("odd: faulty: ", Faulty.class.getName(), "StackOverflowError");
  }

  @Test
  void aRunOfOnePolicyIsAboutItsVolumesAndListensToAllPoliciesOfEach() {
    snapshots.volume("vm-1", Taken.all("x@1 y@2 z@3"));
    snapshots.volume("db", Taken.all("x@1 y@2 z@3"));
    var pruner =
        pruner(
            Map.of(
                "vms", Map.of("volumes", "vm-*", "keep", List.of(last(1))),
                "all", Map.of("volumes", "*", "keep", List.of(last(2)))),
            Map.of());
    done(pruner.ask(new Wanted(Trigger.HAND, Set.of("vms"), Set.of()), _ -> {}));
    assertThat(snapshots.names("vm-1")).containsExactly("y", "z");
    assertThat(snapshots.names("db")).hasSize(3);
  }

  @Test
  void tellsOfSnapshotsThatGoAndThatNoRuleIsFor() {
    snapshots.volume("a", Taken.all("before-upgrade-3@1 auto-1@2 auto-2@3"));
    ran(keeping(Map.of("last", Map.of("count", 1, "regex", "^auto-"))));
    assertThat(observer.unmatched).containsExactly("a {before-upgrade-#=1}");
  }

  private static SnapshotName name(String volume, String snapshot) {
    return new SnapshotName(volume, snapshot);
  }

  /** A rule of another plugin's. */
  private record Odd(Function<Block, ConfiguredRule> maker) implements RetentionRule {
    @Override
    public String key() {
      return "odd";
    }

    @Override
    public String summary() {
      return "made for a test";
    }

    @Override
    public ConfiguredRule read(Block settings, Problems problems) {
      return maker.apply(settings);
    }
  }

  /** Lets everything go, until it fails in one of its calls. */
  private record Faulty(Fault fault, AtomicBoolean faulty) implements RetentionRule {
    private void in(Fault call) {
      if (faulty.get() && call == fault) throw new StackOverflowError();
    }

    @Override
    public String key() {
      in(Fault.KEY);
      return "faulty";
    }

    @Override
    public String summary() {
      return "made for a test";
    }

    @Override
    public ConfiguredRule read(Block settings, Problems problems) {
      in(Fault.READ);
      return new ConfiguredRule() {
        @Override
        public BitSet letsGo(Series series) {
          in(Fault.LETS_GO);
          return series.where(_ -> true);
        }

        @Override
        public boolean isFor(SnapshotInfo snapshot) {
          in(Fault.IS_FOR);
          return true;
        }
      };
    }
  }
}
