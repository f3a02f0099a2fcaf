package dev.penstock.pruner.run;

import static dev.penstock.spi.testing.Settled.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.pruner.OwnRules;
import dev.penstock.pruner.Taken;
import dev.penstock.pruner.config.Limits;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What counts as progress of a run, and who is late. */
class RunProgressTest extends PrunerRuns {
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
            new OddRule(_ ->
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
            new OddRule(_ ->
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
}
