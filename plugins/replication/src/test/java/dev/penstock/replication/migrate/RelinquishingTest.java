package dev.penstock.replication.migrate;

import static dev.penstock.replication.migrate.ScriptedTargets.failsAt;
import static dev.penstock.replication.migrate.ScriptedTargets.lost;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.replication.migrate.Progress.Phase;
import dev.penstock.replication.migrate.ScriptedTargets.Call;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Ownership;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The end of a mirror: at most one side is ever served, whatever fails in it. */
@Timeout(60)
class RelinquishingTest {
  private static final int SIZE_BYTES = 1 << 20;

  private static GatewayError broken() {
    return new GatewayError.Failed(Scope.RESOURCE, "the disk is broken");
  }

  @SuppressWarnings("NullAway.Init") // before each test
  private MirrorHost host;

  @BeforeEach
  void begin() {
    host = new MirrorHost(SIZE_BYTES);
    host.write(4096, new byte[] {1, 2, 3});
  }

  @AfterEach
  void end() {
    host.close();
  }

  private void assertNobodyWasToldAndItIsServedHere() {
    assertThat(host.there.said()).doesNotContain("told");
    assertThat(host.phase()).isInstanceOf(Ownership.Owner.class);
    assertThat(host.handoffs.isFrozen(MirrorHost.VOLUME)).isFalse();
    assertThat(host.isHere()).isTrue();
    assertThat(host.seen().progress().phase()).isEqualTo(Phase.ABORTED);
    host.write(0, new byte[] {9});
  }

  @Test
  void theCopyIsDestroyedAfterItsClientsEndedAndBeforeTheOtherSideIsTold() {
    List<String> seen = new CopyOnWriteArrayList<>();
    host.there.next((call, _) -> {
      if (call == Call.COMMIT)
        seen.add("here %s, led on %s".formatted(host.isHere(), host.handoffs.led()));
    });
    host.start(MirrorHost.UNLINK);

    assertThat(host.ended().failure()).isEmpty();
    assertThat(seen).containsExactly("here false, led on [vm]");
    assertThat(host.there.said()).containsExactly("told");
  }

  @Test
  void aCopyThatCannotBeDestroyedIsTakenBackAndTheOtherSideIsToldNothing() {
    host.handoffs.unlinking = Optional.of(broken());
    host.start(MirrorHost.UNLINK);

    assertThat(host.ended().failure()).contains("the disk is broken");
    assertNobodyWasToldAndItIsServedHere();
  }

  @Test
  void aRecordThatCannotBeWrittenMeansThatNothingIsToldAndItStays() {
    host.handoffs.frozen =
        frozen ->
            new MirrorHost.Still(frozen) {
              @Override
              public Future<Ownership> change(Handoffs.Step step) {
                return Future.failedFuture(broken());
              }
            };
    host.start(MirrorHost.USUAL);

    assertThat(host.ended().failure()).contains("the disk is broken");
    assertNobodyWasToldAndItIsServedHere();
  }

  @Test
  void aRecordOfWhichNobodyKnowsWhetherItWasWrittenIsTakenBackDurably() {
    host.handoffs.frozen =
        frozen ->
            new MirrorHost.Still(frozen) {
              @Override
              public Future<Ownership> change(Handoffs.Step step) {
                return super.change(step).compose(_ -> Future.failedFuture(broken()));
              }
            };
    host.start(MirrorHost.USUAL);

    assertThat(host.ended().failure()).contains("the disk is broken");
    assertNobodyWasToldAndItIsServedHere();
  }

  @Test
  void whoIsLostWhenTheCopyIsGoneLeavesItToAnOperatorWhoIsToldWhere() {
    host.there.next(failsAt(Call.COMMIT, 1, lost()));
    host.start(MirrorHost.UNLINK);

    assertThat(host.ended().failure().orElseThrow())
        .contains("is destroyed, and the other side has every byte")
        .contains("take it into use there (it was lost)");
    assertThat(host.phase()).isInstanceOf(Ownership.Gone.class);
    assertThat(host.there.said()).containsExactly("closed");
    assertThat(host.there.disk[4096]).isEqualTo((byte) 1);
    assertThatThrownBy(() -> MirrorHost.result(host.migrations.records().force(MirrorHost.VOLUME)))
        .isInstanceOf(GatewayError.class);
  }

  /** Once more than was needed, and before anything is destroyed. */
  @Test
  void whoIsLostBeforeTheCopyIsDestroyedIsTriedAgainAndTheCopyIsStillHere() {
    host.there.next(failsAt(Call.FLUSH, 4, lost()));
    host.start(MirrorHost.UNLINK);

    assertThat(host.ended().failure()).isEmpty();
    assertThat(host.there.said()).containsExactly("closed", "told");
    assertThat(host.isHere()).isFalse();
  }

  @Test
  void snapshotsThatWouldBeLostWithTheCopyAreNamedBeforeAnythingIsDone() {
    host.store.snapshots().orElseThrow().create(MirrorHost.VOLUME, "monday");

    assertThatThrownBy(() -> host.start(MirrorHost.UNLINK))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("volume vm has 1 snapshots, which would be lost");

    assertThat(host.there.connections()).isZero();
  }

  @Test
  void anAbortInTheFreezeWinsOverTheRecord() {
    var once = new AtomicBoolean();
    host.handoffs.frozen =
        frozen ->
            new MirrorHost.Still(frozen) {
              @Override
              public Future<Void> halt(Duration limit) {
                if (once.compareAndSet(false, true)) host.migrations.abort(MirrorHost.VOLUME);
                return super.halt(limit);
              }
            };
    host.start(MirrorHost.USUAL);

    assertThat(host.ended().failure().orElseThrow()).contains("was aborted");
    assertNobodyWasToldAndItIsServedHere();
  }

  @Test
  void anAbortAfterTheRecordIsRefused() {
    List<Throwable> refusals = new CopyOnWriteArrayList<>();
    host.there.next((call, _) -> {
      if (call == Call.COMMIT) host.migrations.abort(MirrorHost.VOLUME).onFailure(refusals::add);
    });
    host.start(MirrorHost.USUAL);

    assertThat(host.ended().failure()).isEmpty();
    assertThat(refusals).singleElement().isInstanceOf(GatewayError.Conflict.class);
    assertThat(host.there.said()).containsExactly("told");
  }

  @Test
  void aFreezeThatTakesTooLongIsLeftAndWhatHadComeOfItIsBroughtWholeInTheNextRound() {
    var freezes = new AtomicInteger();
    host.handoffs.frozen =
        frozen -> {
          if (freezes.incrementAndGet() > 2) return frozen;
          host.write(8192, new byte[] {(byte) freezes.get()});
          return new MirrorHost.Still(frozen) {
            @Override
            public Duration held() {
              return Duration.ofHours(1);
            }
          };
        };
    host.start(MirrorHost.USUAL);

    assertThat(host.ended().failure()).isEmpty();
    assertThat(freezes).hasValue(3);
    assertThat(host.there.said()).as("over one connection").containsExactly("told");
    assertThat(host.there.disk).isEqualTo(host.content());
  }

  @Test
  void freezesThatAlwaysTakeTooLongEndItAndItStays() {
    host.handoffs.frozen =
        frozen -> {
          host.write(8192, new byte[] {8});
          return new MirrorHost.Still(frozen) {
            @Override
            public Duration held() {
              return Duration.ofHours(1);
            }
          };
        };
    host.start(MirrorHost.USUAL);

    assertThat(host.ended().failure().orElseThrow()).contains("takes longer than clients may wait");
    assertNobodyWasToldAndItIsServedHere();
  }

  @Test
  void whatWasMovedIsTakenBackByAnOperatorAsLongAsItsCopyIsHere() {
    host.start(MirrorHost.USUAL);
    host.ended();

    MirrorHost.result(host.migrations.records().force(MirrorHost.VOLUME));

    assertThat(host.phase()).isInstanceOf(Ownership.Owner.class);
    host.start(MirrorHost.USUAL); // and moves again
    await().until(() -> host.there.said().size() == 2);
    assertThat(host.there.said()).containsExactly("told", "told");
  }
}
