package dev.penstock.replication.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.config.Protection;
import dev.penstock.replication.report.RunReport;
import dev.penstock.replication.report.RunReport.Outcome;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.Need;
import dev.penstock.spi.testing.FakeTasks;
import dev.penstock.spi.volume.SnapshotName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Steps that are broken off, or that nobody has answered for: what is kept for them, and what comes
 * next.
 */
class BrokenOffTest extends JobRuns {
  @Test
  void aPartOfASnapshotThatIsGoneIsDiscardedAndTheNextOneSent() throws Exception {
    // D8: it was an error for ever.
    volumeWithSnapshots("a", "1", "2");
    gateways.attempts = 1;
    gateways.between = failing("complete", 1, new GatewayError.Invalid("cut"));
    gateways.run();
    gateways.sender.need(new Need("a", "job offsite", true, Duration.ofDays(1)), Set.of());
    assertThat(gateways.destroyHere("a", "2")).isInstanceOf(Fate.Destroyed.class);
    another("a", "3");
    gateways.between = Between.NOTHING;

    assertThat(gateways.run().outcome()).isEqualTo(Outcome.SUCCEEDED);

    gateways.assertCopied("a");
    assertThat(gateways.namesThere("a")).containsExactly("3");
  }

  @Test
  void whatAnInterruptedStepNeedsStaysUntilTheReceiverHasAnswered() throws Exception {
    volumeWithSnapshots("a", "1");
    gateways.run();
    another("a", "2");
    gateways.attempts = 1;
    gateways.between = awayAfter("complete"); // it was received, and nobody here knows
    gateways.run();
    another("a", "3");

    assertThat(gateways.destroyHere("a", "2")).isInstanceOf(Fate.Deferred.class);
    assertThat(gateways.destroyHere("a", "1")).isInstanceOf(Fate.Deferred.class);

    gateways.between = Between.NOTHING;
    assertThat(gateways.run().outcome()).isEqualTo(Outcome.SUCCEEDED);
    gateways.assertCopied("a");
    assertThat(gateways.destroyHere("a", "2")).isInstanceOf(Fate.Destroyed.class);
  }

  @ParameterizedTest
  @EnumSource
  void whatTheReceiverMayHaveIsKeptUntilItHasAnsweredHoweverLittleIsProtected(Protection protection)
      throws Exception {
    volumeWithSnapshots("a", "1");
    gateways.run();
    another("a", "2");
    gateways.attempts = 1;
    gateways.protection = protection;
    gateways.between = awayAfter("complete"); // it was received, and nobody here knows
    gateways.run();
    another("a", "3");

    assertThat(gateways.destroyHere("a", "2")).isInstanceOf(Fate.Deferred.class);

    gateways.between = Between.NOTHING;
    assertThat(gateways.run().outcome()).isEqualTo(Outcome.SUCCEEDED);
    gateways.assertCopied("a");
    assertThat(gateways.sender.needed()).isEmpty();
  }

  @Test
  void aRunThatIsCancelledEndsOnlyWhenItsStepsHave() throws Exception {
    volumeWithSnapshots("a", "1");
    var underWay = new CountDownLatch(1);
    var leaving = new CountDownLatch(1);
    var mayLeave = new CountDownLatch(1);
    gateways.between =
        new Between() {
          @Override
          public void before(String what) {
            if (!what.equals("take")) return;
            underWay.countDown();
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException _) {
              leaving.countDown();
              awaitUninterruptibly(mayLeave);
              throw TwoGateways.peerAway();
            }
          }

          @Override
          public void after(String what) {}
        };
    var ended = new CompletableFuture<Boolean>();
    Thread run =
        Thread.ofVirtual()
            .start(() -> {
              try {
                gateways.run();
                ended.complete(false);
              } catch (InterruptedException _) {
                ended.complete(gateways.tasks.all().stream().allMatch(FakeTasks.Begun::hasEnded));
              }
            });
    underWay.await();

    run.interrupt();
    leaving.await();
    assertThat(ended).isNotDone();
    mayLeave.countDown();

    assertThat(ended.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void nothingIsLeasedAfterARunThatFindsThatTheLostAnswerWasGood() throws Exception {
    volumeWithSnapshots("a", "1");
    var lost = new AtomicBoolean();
    gateways.between =
        afterEach(
            what -> what.equals("complete") && !lost.getAndSet(true),
            () -> {
              throw TwoGateways.peerAway();
            });

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(lost).isTrue();
    assertThat(gateways.sender.needed()).isEmpty();
    gateways.assertCopied("a");
  }

  private Fate makeRoomHere(String volume, String name) {
    UUID guid =
        gateways.sender.snapshots().list(volume).stream()
            .filter(info -> info.name().equals(name))
            .findFirst()
            .orElseThrow()
            .guid();
    return gateways
        .sender
        .destroyNeeded(List.of(Meant.seen(new SnapshotName(volume, name), guid)))
        .result()
        .getFirst();
  }

  /** Many pieces long, of bytes that differ. */
  private void large(String volume, String name) {
    byte[] bytes = new byte[4 << 20];
    new Random(name.hashCode()).nextBytes(bytes);
    gateways.write(volume, 0, bytes);
    gateways.take(volume, name);
  }

  @ParameterizedTest
  @EnumSource
  void aStepWhoseSnapshotMakesRoomIsPlannedAnewFromTheAnchorAndItsPartIsDropped(
      Protection protection) throws Exception {
    gateways.protection = protection;
    gateways.create("a", 8 << 20);
    another("a", "1");
    gateways.run();
    large("a", "2");
    List<Fate> fates = new ArrayList<>();
    gateways.between =
        afterEach(
            what -> what.equals("take") && fates.isEmpty(),
            () -> {
              fates.add(makeRoomHere("a", "2"));
              another("a", "3");
            });

    RunReport report = gateways.run();

    assertThat(fates).singleElement().isInstanceOf(Fate.Destroyed.class);
    assertThat(report.outcome()).isEqualTo(Outcome.SUCCEEDED);
    gateways.assertCopied("a");
    assertThat(gateways.namesThere("a")).as("nothing was sent whole").containsExactly("1", "3");
    assertThat(gateways.sender.needed()).isEmpty();
    assertThat(gateways.receiver.snapshots().partials()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void whatTheReceiverMayHaveMakesNoRoomUntilItHasAnswered(Protection protection) throws Exception {
    gateways.protection = protection;
    volumeWithSnapshots("a", "1");
    gateways.run();
    another("a", "2");
    gateways.attempts = 1;
    gateways.between = awayAfter("complete"); // it was received, and nobody here knows
    gateways.run();
    another("a", "3");

    assertThat(makeRoomHere("a", "2")).isInstanceOf(Fate.Deferred.class);

    gateways.between = Between.NOTHING;
    assertThat(gateways.run().outcome()).isEqualTo(Outcome.SUCCEEDED);
    gateways.assertCopied("a");
  }

  @Test
  void withoutProtectionNothingButTheAnchorIsKept() throws Exception {
    gateways.protection = Protection.NOTHING;
    volumeWithSnapshots("a", "1");
    List<Integer> needed = new ArrayList<>();
    gateways.between = afterEach("take"::equals, () -> needed.add(gateways.sender.needed().size()));

    gateways.run();

    assertThat(needed).isNotEmpty().containsOnly(0);
    gateways.assertCopied("a");
  }
}
