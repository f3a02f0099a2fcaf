package dev.penstock.replication.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.plan.Policies;
import dev.penstock.replication.plan.Policies.Diverged;
import dev.penstock.replication.plan.Policies.Initial;
import dev.penstock.replication.plan.Policies.StalePartial;
import dev.penstock.replication.report.AttemptReport;
import dev.penstock.replication.report.RunReport;
import dev.penstock.replication.report.RunReport.Outcome;
import dev.penstock.replication.report.VolumeReport;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.volume.SnapshotInfo;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Snapshots, runs, prunes at either side, a peer that goes away at any question or answer, an end
 * of the process in the middle of a run, and clocks that jump by a day either way, in any order:
 * from one number each. In the parallel course prunes happen within runs.
 *
 * <p>Always: from the first success on both sides have a snapshot in common, and it is anchored at
 * both; no step fails for a snapshot that is missing; every run ends. In the end one undisturbed
 * run brings the receiver to where the sender is, bit by bit, and what a prune then keeps is what
 * is kept where nothing ever went wrong.
 */
class TurmoilTest {
  private static final int SIZE = 64 << 10;
  private static final int EVENTS = 12;
  private static final int KEPT = 2;

  @Property(tries = 150)
  void holdsInAnyOrderOfEvents(@ForAll long seed) throws Exception {
    var course = new Course(seed);
    for (int i = 0; i < EVENTS; i++) {
      course.next();
      course.check();
    }
    course.drain();
  }

  private static final class Course {
    private final Random random;
    private final TwoGateways gateways = new TwoGateways();
    private int taken;
    private boolean succeededOnce;

    Course(long seed) {
      random = new Random(seed);
      gateways.policies =
          new Policies(
              random.nextBoolean() ? Initial.ALL : Initial.MOST_RECENT,
              Diverged.FAIL,
              StalePartial.DISCARD);
      gateways.create("a", SIZE);
      snapshot();
    }

    void next() throws Exception {
      switch (random.nextInt(6)) {
        case 0, 1 -> snapshot();
        case 2 -> gateways.clock.shift(Duration.ofDays(random.nextBoolean() ? 1 : -1));
        case 3 -> prune();
        default -> run();
      }
    }

    private void snapshot() {
      gateways.write("a", 4096L * random.nextInt(SIZE / 4096), ("change " + taken).getBytes(UTF_8));
      gateways.take("a", "s" + taken++);
    }

    /** Any of them, at either side: what must stay is refused. */
    private synchronized void prune() {
      for (String name : gateways.namesHere("a"))
        if (random.nextInt(3) == 0) gateways.destroyHere("a", name);
      if (thereIsACopy())
        for (String name : gateways.namesThere("a"))
          if (random.nextInt(3) == 0) gateways.destroyThere("a", name);
    }

    private boolean thereIsACopy() {
      return gateways.receiver.store().find("copy.a").isPresent();
    }

    private void run() throws Exception {
      gateways.between = new Trouble(random.nextInt(40), random.nextInt(3));
      RunReport report = gateways.run();
      gateways.between = Between.NOTHING;
      assertThat(report.finishedAt()).isPresent();
      if (succeededOnce) requireNothingMissing(report); // before, all of it may have been pruned
      succeededOnce |= report.outcome() == Outcome.SUCCEEDED;
    }

    private static void requireNothingMissing(RunReport report) {
      for (AttemptReport attempt : report.attempts())
        for (VolumeReport volume : attempt.volumes())
          volume
              .error()
              .ifPresent(error ->
                  assertThat(error.what())
                      .as("a step failed for what is missing")
                      .doesNotContain(
                          "has no snapshot", "no snapshot", "diverged", "none of them"));
    }

    void check() {
      if (!succeededOnce) return;
      Set<UUID> here = anchored(gateways.sender.snapshots().list("a"), TwoGateways.ANCHOR);
      Set<UUID> there = anchored(gateways.receiver.snapshots().list("copy.a"), "anchor.received");
      assertThat(here).as("anchored at the sender").hasSize(1);
      assertThat(there).as("anchored at both sides").containsAll(here);
    }

    private static Set<UUID> anchored(List<SnapshotInfo> all, String tag) {
      return all.stream()
          .filter(info -> info.holds().contains(tag))
          .map(SnapshotInfo::guid)
          .collect(Collectors.toSet());
    }

    void drain() throws Exception {
      snapshot();
      RunReport report = gateways.run();
      assertThat(report.outcome()).as("%s", report.toJson()).isEqualTo(Outcome.SUCCEEDED);
      gateways.assertCopied("a");
      assertThat(gateways.sender.needed()).isEmpty();
      assertThat(gateways.receiver.snapshots().partials()).isEmpty();
      requireOnlyTheLastAreKept(gateways::namesHere, gateways::destroyHere);
      requireOnlyTheLastAreKept(gateways::namesThere, gateways::destroyThere);
      assertThat(gateways.namesThere("a")).endsWith("s" + (taken - 1));
    }

    /**
     * Nothing is under way: what a rule lets go, goes. Here the anchor is the newest; there what is
     * held is the newest and the one before, which the rule keeps as well.
     */
    private static void requireOnlyTheLastAreKept(
        Function<String, List<String>> names, BiFunction<String, String, Fate> destroy) {
      List<String> all = names.apply("a");
      List<String> last = all.subList(Math.max(0, all.size() - KEPT), all.size());
      for (String name : all)
        if (!last.contains(name))
          assertThat(destroy.apply("a", name)).isInstanceOf(Fate.Destroyed.class);
      assertThat(names.apply("a")).containsExactlyElementsOf(last);
    }

    /** Something goes wrong at one question: the first, the tenth … */
    private final class Trouble implements Between {
      private final int at;
      private final int kind;
      private int asked;
      private boolean away;

      Trouble(int at, int kind) {
        this.at = at;
        this.kind = kind;
      }

      @Override
      public synchronized void before(String what) {
        if (away) throw TwoGateways.peerAway();
        if (asked++ != at) return;
        if (kind == 0) throw TwoGateways.peerAway();
        prune();
      }

      @Override
      public synchronized void after(String what) {
        if (asked - 1 != at || kind == 2) return;
        if (kind == 1) away = true; // the process, or the line, is gone for the rest of the run
        if (away) throw TwoGateways.peerAway();
      }
    }
  }
}
