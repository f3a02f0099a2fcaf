package dev.penstock.replication.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.plan.Policies;
import dev.penstock.replication.plan.Policies.Diverged;
import dev.penstock.replication.plan.Policies.Initial;
import dev.penstock.replication.plan.Policies.StalePartial;
import dev.penstock.replication.report.RunReport;
import dev.penstock.replication.report.RunReport.Outcome;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.snapshot.Fate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A run brings every volume to where the sender is; D1 to D8 are defects of the system before us.
 */
class JobRunTest extends JobRuns {
  @Test
  void bringsEveryVolumeToWhereTheSenderIsAndAnchorsItAtBothSides() throws Exception {
    volumeWithSnapshots("a", "1", "2", "3");
    volumeWithSnapshots("b", "1");

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.SUCCEEDED);
    gateways.assertCopied("a");
    gateways.assertCopied("b");
    assertThat(gateways.namesThere("a")).containsExactly("3");
    assertThat(gateways.sender.needed()).isEmpty();
  }

  @Test
  void goesFromSnapshotToSnapshotAndKeepsTheOneBeforeAnchoredThere() throws Exception {
    gateways.policies = new Policies(Initial.ALL, Diverged.FAIL, StalePartial.DISCARD);
    volumeWithSnapshots("a", "1", "2", "3");
    gateways.run();
    another("a", "4");
    another("a", "5");

    RunReport report = gateways.run();

    assertThat(gateways.namesThere("a")).containsExactly("1", "2", "3", "4", "5");
    gateways.assertCopied("a");
    assertThat(volume(report, "a").stepsDone()).isEqualTo(2);
    assertThat(gateways.receiver.snapshots().list("copy.a"))
        .filteredOn(info -> info.holds().contains("anchor.received"))
        .extracting(info -> info.name())
        .containsExactly("4", "5");
  }

  @Test
  void nothingToDoIsASuccess() throws Exception {
    volumeWithSnapshots("a", "1");
    gateways.run();

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(volume(report, "a").steps()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "need",
        "open",
        "receive",
        "take",
        "next",
        "complete",
        "anchor here",
        "sender's histories"
      })
  void aStepThatFailsOnceIsTakenAgainAndTheRunSucceedsOnlyThen(String where) throws Exception {
    // D1: the retry left the last step out and said that all was well. D2: in planning as well.
    volumeWithSnapshots("a", "1");
    gateways.between = failing(where, 1, TwoGateways.peerAway());

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.SUCCEEDED);
    gateways.assertCopied("a");
  }

  @Test
  void aRunThatCannotGetThereHasFailedAndHasItsEnd() throws Exception {
    // D3: the report had no end.
    volumeWithSnapshots("a", "1");
    gateways.between = failing("complete", 1000, new GatewayError.Invalid("no"));

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(report.finishedAt()).isPresent();
    assertThat(report.attempts()).allMatch(attempt -> attempt.finishedAt().isPresent());
    assertThat(volume(report, "a").error().orElseThrow().what()).isEqualTo("no");
  }

  @Test
  void aVolumeWithoutSnapshotsFailsAloneAndNothingElseEnds() throws Exception {
    // D4: it ended the daemon.
    gateways.policies = new Policies(Initial.ALL, Diverged.FAIL, StalePartial.DISCARD);
    gateways.create("empty", SIZE);
    volumeWithSnapshots("a", "1");

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(volume(report, "empty").error().orElseThrow().what()).contains("no snapshot");
    gateways.assertCopied("a");
  }

  @Test
  void oneVolumesErrorTakesNoOthersNextTryAway() throws Exception {
    // D7: the newest error decided for all.
    volumeWithSnapshots("a", "1");
    volumeWithSnapshots("b", "1");
    var asked = new AtomicInteger();
    gateways.between =
        new Between() {
          @Override
          public void before(String what) {
            if (!what.equals("complete")) return;
            if (asked.incrementAndGet() == 1) throw TwoGateways.peerAway();
            if (asked.get() == 2) throw new GatewayError.Damaged("bytes are wrong");
          }

          @Override
          public void after(String what) {}
        };

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(List.of("a", "b"))
        .filteredOn(name -> volume(report, name).isDone())
        .hasSize(1)
        .allSatisfy(gateways::assertCopied);
  }

  @Test
  void aSnapshotThatIsPrunedBetweenPlanAndStepIsPlannedAroundAndIsNoError() throws Exception {
    gateways.policies = new Policies(Initial.ALL, Diverged.FAIL, StalePartial.DISCARD);
    volumeWithSnapshots("a", "1", "2", "3");
    List<Fate> fates = new ArrayList<>();
    gateways.between =
        afterEach("receiver's histories"::equals, () -> fates.add(gateways.destroyHere("a", "2")));

    RunReport report = gateways.run();

    assertThat(fates).first().isInstanceOf(Fate.Destroyed.class);
    assertThat(report.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(gateways.namesThere("a")).containsExactly("1", "3");
  }

  @Test
  void aDivergedCopyIsLeftAloneUnlessBothSidesWantItRolledBack() throws Exception {
    volumeWithSnapshots("a", "1");
    gateways.run();
    gateways.receiver.snapshots().create("copy.a", "theirs");
    another("a", "2");

    assertThat(gateways.run().outcome()).isEqualTo(Outcome.FAILED);
    gateways.policies = new Policies(Initial.ALL, Diverged.ROLL_BACK, StalePartial.DISCARD);
    RunReport refused = gateways.run();
    assertThat(refused.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(volume(refused, "a").error().orElseThrow().what()).contains("may_roll_back");
    assertThat(gateways.namesThere("a")).containsExactly("1", "theirs");

    gateways.mayRollBack = true;
    assertThat(gateways.run().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(gateways.namesThere("a")).containsExactly("1", "2");
    gateways.assertCopied("a");
  }

  @Test
  void whatACopyHadOfItsOwnIsKeptAsideIfThatIsWanted() throws Exception {
    volumeWithSnapshots("a", "1");
    gateways.run();
    gateways.receiver.snapshots().create("copy.a", "theirs");
    another("a", "2");
    gateways.policies = new Policies(Initial.ALL, Diverged.KEEP_AND_CLONE, StalePartial.DISCARD);
    gateways.mayRollBack = true;

    assertThat(gateways.run().outcome()).isEqualTo(Outcome.SUCCEEDED);

    gateways.assertCopied("a");
    assertThat(gateways.receiver.store().list())
        .anyMatch(info -> info.name().startsWith("copy.a-diverged-") && !info.replica());
  }

  @Test
  void aStoreThatDoesNotAnswerIsAFailureOfTheRun() throws Exception {
    volumeWithSnapshots("a", "1");
    gateways.between =
        failing(
            "receiver's histories", 1, new GatewayError.Failed(Scope.RESOURCE, "the disk is gone"));

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(report.attempts().getLast().planError()).isPresent();
  }

  @Test
  void whoGetsFartherInEachStepHasNotFailedInARow() throws Exception {
    gateways.policies = new Policies(Initial.ALL, Diverged.FAIL, StalePartial.DISCARD);
    volumeWithSnapshots("a", "1", "2");
    gateways.attempts = 2;
    var received = new AtomicInteger();
    var completed = new AtomicInteger();
    gateways.between =
        new Between() {
          @Override
          public void before(String what) {
            // The second step fails twice: once at its beginning, and once after it got on.
            if ((what.equals("receive") && received.incrementAndGet() == 2)
                || (what.equals("complete") && completed.incrementAndGet() == 2))
              throw TwoGateways.peerAway();
          }

          @Override
          public void after(String what) {}
        };

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void whatIsNoErrorOfAGatewayIsABugAndOneVolumesAlone() throws Exception {
    List<String> names = List.of("a", "b", "c", "d");
    for (String name : names) volumeWithSnapshots(name, "1");
    var asked = new AtomicInteger();
    gateways.between =
        new Between() {
          @Override
          public void before(String what) {
            if (what.equals("receive") && asked.incrementAndGet() == 1)
              throw new NullPointerException("a bug");
          }

          @Override
          public void after(String what) {}
        };

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(names)
        .filteredOn(name -> volume(report, name).isDone())
        .hasSize(3)
        .allSatisfy(gateways::assertCopied);
  }
}
