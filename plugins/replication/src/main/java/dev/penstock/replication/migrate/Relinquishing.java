package dev.penstock.replication.migrate;

import dev.penstock.replication.flow.Waiting;
import dev.penstock.replication.handoff.Source;
import dev.penstock.replication.migrate.Progress.Phase;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.handoff.BlockTarget.Farewell;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.volume.SnapshotInfo;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The end of a mirror: the volume is held still, the last difference goes, and once it is durable
 * there the volume is given up here, durably; only then the other side is told that this was all.
 * Whatever fails before it was told takes the volume back. So of the two at most one is served,
 * wherever this process dies.
 *
 * <pre>
 *   freeze ─► last difference, flush ─► halt ─► GONE ─► (clients end, copy goes) ─► told
 *      └───────────────┴─────────────────┴────────┴───── OWNER, thaw
 * </pre>
 *
 * <p><b>Threads.</b> The one of the task; it waits.
 */
final class Relinquishing {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration GRACE = Duration.ofSeconds(1);

  private final ModuleContext context;
  private final String volume;
  private final Wishes wishes;
  private final Settlement settlement;
  private final MirrorSnapshots snapshots;
  private final Progress progress;
  private final Withdrawal withdrawal;

  /** How it ended. */
  sealed interface Outcome {
    /** It is given up, and the other side was told. */
    record Told(Farewell farewell) implements Outcome {}

    /**
     * Clients would have had to wait too long: they go on.
     *
     * @param begun what part of has come, and has to be brought whole
     */
    record TooLong(Optional<SnapshotInfo> begun, GatewayError why) implements Outcome {}
  }

  Relinquishing(
      ModuleContext context,
      String volume,
      Wishes wishes,
      Settlement settlement,
      MirrorSnapshots snapshots,
      Progress progress,
      Withdrawal withdrawal) {
    this.withdrawal = withdrawal;
    this.context = context;
    this.volume = volume;
    this.wishes = wishes;
    this.settlement = settlement;
    this.snapshots = snapshots;
    this.progress = progress;
  }

  /**
   * @param common what the other side has
   * @param offer under which it is on its way
   */
  Outcome run(SnapshotInfo common, Epoch offer, MirrorCopy copy, Outlet there)
      throws InterruptedException {
    moveTo(Phase.FREEZING);
    Handoffs.Frozen frozen;
    try {
      frozen = frozen();
    } catch (GatewayError.Unavailable busy) {
      return new Outcome.TooLong(Optional.empty(), busy);
    }
    Optional<SnapshotInfo> begun = Optional.empty();
    try {
      SnapshotInfo last =
          snapshots.add(Settlement.answer(frozen.take(snapshots.nextName()), left(frozen), volume));
      begun = Optional.of(last);
      copy.difference(common, last, () -> left(frozen));
      Settlement.answer(frozen.halt(left(frozen)), left(frozen).plus(GRACE), volume);
      giveUp(frozen, offer);
    } catch (GatewayError.Unavailable late) {
      keep(frozen, offer);
      return new Outcome.TooLong(begun, late);
    } catch (InterruptedException | RuntimeException e) {
      keep(frozen, offer);
      throw e;
    }
    return new Outcome.Told(leave(frozen, offer, copy, there));
  }

  private Handoffs.Frozen frozen() throws InterruptedException {
    return Waiting.on(
        context.handoffs().freeze(volume, wishes.freeze()),
        wishes.freeze().plus(LIMIT),
        Scope.RESOURCE,
        "the freeze of " + volume,
        Handoffs.Frozen::thaw);
  }

  private Duration left(Handoffs.Frozen frozen) {
    return wishes.freeze().minus(frozen.held());
  }

  /** What comes of it counts, however long it takes: nobody knows it otherwise. */
  private void giveUp(Handoffs.Frozen frozen, Epoch offer) {
    Uninterrupted.on(frozen.change(now -> Source.relinquish(now, offer)));
    moveTo(Phase.HANDING_OVER);
  }

  /** With the copy, its clients end first: nobody may use what is destroyed. */
  private Farewell leave(Handoffs.Frozen frozen, Epoch offer, MirrorCopy copy, Outlet there)
      throws InterruptedException {
    boolean unlinked = false;
    try {
      if (wishes.unlink()) {
        settlement.lead(volume);
        there.flush(); // it may have been lost meanwhile, and the copy here not yet
        unlink(copy);
        unlinked = true;
      }
      Farewell said = there.commit();
      progress.froze(frozen.held());
      return said;
    } catch (Outlet.Lost lost) {
      if (unlinked) throw orphaned(lost.why());
      keep(frozen, offer);
      throw lost;
    } catch (InterruptedException | RuntimeException e) {
      keep(frozen, offer);
      throw e;
    }
  }

  private void unlink(MirrorCopy copy) throws InterruptedException {
    Settlement.answer(copy.closed().otherwiseEmpty(), LIMIT, volume);
    snapshots.need(List.of());
    try {
      Settlement.answer(context.handoffs().unlink(volume), LIMIT, volume);
    } catch (GatewayError failed) {
      if (isHere()) throw failed;
    }
  }

  private boolean isHere() throws InterruptedException {
    try {
      return Settlement.answer(context.snapshots().history(volume), LIMIT, volume)
          .volume()
          .isPresent();
    } catch (GatewayError.NotFound gone) {
      return false;
    }
  }

  private GatewayError orphaned(GatewayError why) {
    return new GatewayError.Failed(
        Scope.RESOURCE,
        "the copy of %s here is destroyed, and the other side has every byte, durably, but could not be told that this was all: take it into use there (%s)"
            .formatted(volume, why.what()));
  }

  /** Nobody was told anything: durably owned here, and then clients go on. */
  private void keep(Handoffs.Frozen frozen, Epoch offer) {
    var _ = withdrawal.ofMirror(offer, frozen);
  }

  private void moveTo(Phase phase) {
    progress.moveTo(phase, context.clock().instant());
  }
}
