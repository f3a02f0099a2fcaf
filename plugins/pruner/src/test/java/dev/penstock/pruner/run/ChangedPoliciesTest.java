package dev.penstock.pruner.run;

import static dev.penstock.spi.testing.Settled.done;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.pruner.Taken;
import dev.penstock.pruner.run.VolumeReport.State;
import dev.penstock.pruner.run.Wanted.Trigger;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Policies that change while a run is under way, and volumes that none means any more. */
class ChangedPoliciesTest extends PrunerRuns {
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
}
