package dev.penstock.pruner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.pruner.Taken;
import dev.penstock.pruner.run.Wanted.Trigger;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Future;
import java.lang.ref.WeakReference;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a run destroys, what it leaves, and what it asks of stores. */
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

  private static SnapshotName name(String volume, String snapshot) {
    return new SnapshotName(volume, snapshot);
  }
}
