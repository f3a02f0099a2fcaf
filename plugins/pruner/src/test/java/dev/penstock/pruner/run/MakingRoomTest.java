package dev.penstock.pruner.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.pruner.Taken;
import dev.penstock.pruner.run.VolumeReport.State;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What goes in a store with little room, although somebody needs it. */
class MakingRoomTest extends PrunerRuns {
  /** One volume after the other. */
  private Pruner withLowSpace(String bytes) {
    return pruner(
        Map.of("local", Map.of("volumes", "*", "low_space", bytes, "keep", List.of(last(1)))),
        Map.of("volumes", 1));
  }

  private void volume(String volume, String all, String... needed) {
    snapshots.volume(volume, Taken.all(all));
    for (String one : needed) snapshots.lease(guid(one), "job offsite");
  }

  private static UUID guid(String snapshot) {
    return Taken.at(snapshot, 0).guid();
  }

  /** Comes once, when the second destroy has been asked for. */
  private void beforeSecondDestroy(Runnable once) {
    snapshots.beforeDestroy(() -> snapshots.beforeDestroy(once));
  }

  @Test
  void withLittleRoomWhatIsNeededGoesTooAndItIsSaid() {
    volume("a", "x@1 y@2 z@3", "x");
    snapshots.room(4711, 0);

    var report = ran(withLowSpace("10GiB"));

    assertThat(snapshots.names("a")).containsExactly("z");
    assertThat(of(report, "a").destroyed()).containsExactly("y", "x");
    assertThat(of(report, "a").forRoom())
        .containsExactly(new VolumeReport.Stayed("x", "job offsite"));
    assertThat(of(report, "a").deferredCount()).isZero();
    assertThat(report.forRoom()).isEqualTo(1);
    assertThat(observer.wentForRoom).containsExactly("a@x of job offsite at 4711");
    assertThat(observer.destroyed.get()).isEqualTo(2);
    assertThat(standings.deferred()).isEmpty();
  }

  @Test
  void withRoomEnoughWhatIsNeededStays() {
    volume("a", "x@1 z@3", "x");
    snapshots.room(10L << 30, 0);
    assertThat(of(ran(withLowSpace("10GiB")), "a").deferredCount()).isEqualTo(1);
    assertThat(snapshots.forRoom()).isEmpty();
  }

  @Test
  void aStoreThatDoesNotTellHasRoom() {
    volume("a", "x@1 z@3", "x");
    ran(withLowSpace("10GiB"));
    assertThat(snapshots.forRoom()).isEmpty();
  }

  @Test
  void whatIsNeededNeverGoesIfOnePolicyOfItsVolumeDoesNotSaySo() {
    volume("a", "x@1 z@3", "x");
    snapshots.room(0, 0);
    ran(keeping(last(1)));
    var pruner =
        pruner(
            Map.of(
                "low", Map.of("volumes", "*", "low_space", "10GiB", "keep", List.of(last(1))),
                "safe", Map.of("volumes", "a", "keep", List.of(last(1)))),
            Map.of());
    ran(pruner);
    assertThat(snapshots.forRoom()).isEmpty();
  }

  @Test
  void noMoreGoesThanMakesRoomAndTheOldestFirst() {
    volume("a", "x@1 y@2 z@3", "x", "y");
    snapshots.room(6, 5);
    var report = ran(withLowSpace("10"));
    assertThat(snapshots.names("a")).containsExactly("y", "z");
    assertThat(of(report, "a").deferred()).hasSize(1);
    assertThat(standings.deferred()).containsExactly("a");
  }

  @Test
  void whatNobodyNeedsGoesFirstInAllVolumes() {
    volume("a", "x@1 z@3", "x");
    snapshots.volume("b", Taken.all("u@5 v@6"));
    snapshots.room(6, 5);
    ran(withLowSpace("10"));
    assertThat(snapshots.names("b")).containsExactly("v");
    assertThat(snapshots.forRoom()).isEmpty();
  }

  @Test
  void whatAClientHasOpenStaysHoweverLittleRoomThereIs() {
    volume("a", "x@1 y@2 z@3", "y");
    snapshots.open(guid("x"), "module nbd (read)");
    snapshots.room(0, 0);

    var report = ran(withLowSpace("10GiB"));

    assertThat(snapshots.names("a")).containsExactly("x", "z");
    assertThat(of(report, "a").deferred())
        .containsExactly(new VolumeReport.Stayed("x", "module nbd (read)"));
    assertThat(standings.deferred()).containsExactly("a");
  }

  @Test
  void whatIsHeldMeanwhileDoesNotMakeRoom() {
    volume("a", "x@1 z@3", "x");
    snapshots.room(0, 0);
    snapshots.volume("b", Taken.all("u@5 v@6"));
    beforeSecondDestroy(() -> snapshots.replace("a", Taken.at("x", 1, "anchor.offsite")));
    ran(withLowSpace("10GiB"));
    assertThat(snapshots.names("a")).containsExactly("x", "z");
    assertThat(snapshots.forRoom()).as("it is looked at again before").isEmpty();
  }

  @Test
  void aVolumeThatCannotMakeRoomKeepsNoOtherFromIt() {
    volume("a", "x@1 z@3", "x");
    volume("b", "u@5 v@6", "u");
    snapshots.room(0, 0);
    beforeSecondDestroy(() -> snapshots.failDestroys("a", forGood));
    var report = failed(withLowSpace("10GiB"));
    assertThat(snapshots.names("b")).containsExactly("v");
    assertThat(of(report, "a").state()).isEqualTo(State.FAILED);
  }

  @Test
  void aVolumeThatFailsInPassingToMakeRoomIsTriedAgain() {
    volume("a", "x@1 z@3", "x");
    snapshots.room(0, 0);
    beforeSecondDestroy(() -> snapshots.failDestroys("a", passes));
    ran(withLowSpace("10GiB"));
    assertThat(snapshots.names("a")).containsExactly("z");
  }

  @Test
  void aReloadThatTakesTheMarkAwaySparesWhatIsLeft() {
    volume("a", "x@1 y@2 z@3", "x", "y");
    snapshots.room(0, 0);
    var pruner = withLowSpace("10GiB");
    beforeSecondDestroy(() -> configure(all(last(1)), Map.of()));
    ran(pruner);
    assertThat(snapshots.forRoom()).hasSize(1);
  }

  /** A minute for each answer: by then the plan is old. */
  private void slow() {
    passedNanos.addAndGet(PruneRun.PLAN_AGE_MAX.plusSeconds(1).toNanos());
    snapshots.beforeDestroy(this::slow);
  }

  @Test
  void whatDoesNotGiveWayIsAskedOnceSoThatARunEndsHoweverLongEachTakes() {
    snapshots.volume("a", Taken.all("x@1 y@2 z@3"));
    snapshots.open(guid("x"), "module nbd (read)");
    snapshots.open(guid("y"), "module nbd (read)");
    snapshots.room(0, 0);
    snapshots.beforeDestroy(this::slow);

    var report = ran(withLowSpace("10GiB"));

    assertThat(of(report, "a").deferredCount()).isEqualTo(2);
    assertThat(snapshots.forRoom()).extracting(one -> one.name().snapshot()).containsOnlyOnce("x");
  }

  @Test
  void whatWasAskedToGiveWayAndHasNoAnswerIsAnError() {
    volume("a", "x@1 z@3", "x");
    snapshots.room(0, 0);
    beforeSecondDestroy(() -> snapshots.answerLess(1));
    var report = failed(withLowSpace("10GiB"));
    assertThat(of(report, "a").failed())
        .extracting(VolumeReport.Stayed::snapshot)
        .containsExactly("x");
  }

  @Test
  void thePartOfASnapshotThatNobodySendsGoesBeforeWhatSomebodyNeeds() {
    volume("a", "x@1 z@3", "x");
    snapshots.partial("a", "coming");
    snapshots.room(6, 5);

    var report = ran(withLowSpace("10"));

    assertThat(snapshots.partials()).isEmpty();
    assertThat(snapshots.forRoom()).isEmpty();
    assertThat(of(report, "a").forRoom())
        .extracting(VolumeReport.Stayed::snapshot)
        .containsExactly("coming");
    assertThat(observer.wentForRoom).singleElement().asString().startsWith("a@coming of a part");
  }

  @Test
  void thePartOfAVolumeThatIsNotThereYetMakesRoomToo() {
    snapshots.partial("new", "coming");
    snapshots.room(0, 0);
    assertThat(ran(withLowSpace("10GiB")).forRoom()).isEqualTo(1);
    assertThat(snapshots.partials()).isEmpty();
  }

  @Test
  void whatIsBeingReceivedStaysAndIsNoFailure() {
    snapshots.volume("a", Taken.all("z@3"));
    snapshots.partial("a", "coming");
    snapshots.receiving("a");
    snapshots.room(0, 0);
    assertThat(ran(withLowSpace("10GiB")).forRoom()).isZero();
    assertThat(snapshots.partials()).containsExactly("a");
  }

  @Test
  void withRoomEnoughOrWithoutAMarkAPartStays() {
    snapshots.volume("a", Taken.all("z@3"));
    snapshots.partial("a", "coming");
    snapshots.room(20, 0);
    ran(withLowSpace("10"));
    snapshots.room(0, 0);
    ran(keeping(last(1)));
    assertThat(snapshots.partials()).containsExactly("a");
  }
}
