package dev.penstock.pruner.run;

import dev.penstock.pruner.run.VolumeReport.Stayed;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.volume.Partial;
import io.vertx.core.Future;
import java.util.List;
import java.util.OptionalLong;

/**
 * The last resort of a run: in a store with less free room than a policy wants, what somebody needs
 * goes too, one after the other, until there is room again. First the part of a snapshot that has
 * come, if nobody is sending the rest just now: it can be sent again. Of the run's thread alone.
 */
final class MakingRoom {
  private static final String PART = "a part of it had come, and nobody was sending the rest";

  private final RunHost host;
  private final PruneRun run;

  MakingRoom(RunHost host, PruneRun run) {
    this.host = host;
    this.run = run;
  }

  /** Whether anything of the volume could go if there were little room. */
  boolean concerns(VolumeTurn turn) {
    return (turn.hasDeferred() || turn.partial().isPresent()) && lowSpace(turn).isPresent();
  }

  private OptionalLong lowSpace(VolumeTurn turn) {
    return host.config().get().lowSpaceOf(turn.volume());
  }

  /** Looks how much room there is before each that goes. */
  void go(VolumeTurn turn) {
    OptionalLong mark = lowSpace(turn);
    if (mark.isEmpty() || !(turn.partial().isPresent() || turn.hasNeeded())) run.done(turn);
    else if (run.isOutdated(turn.basis())) run.lookAgain(turn);
    else
      run.ask(
          turn,
          () -> host.snapshots().freeBytes(turn.store()),
          free -> {
            if (free.orElse(Long.MAX_VALUE) >= mark.getAsLong()) run.done(turn);
            else if (turn.partial().isPresent()) discard(turn, free.getAsLong());
            else giveWay(turn, free.getAsLong());
          });
  }

  private void discard(VolumeTurn turn, long freeBytes) {
    Partial part = turn.takePartial();
    run.ask(
        turn,
        () -> discarded(turn.volume()),
        gone -> {
          if (gone) {
            turn.wentForRoom(new Stayed(part.name(), PART));
            host.observer().wentForRoom(turn.volume(), part.name(), PART, freeBytes);
          }
          go(turn);
        });
  }

  /** False if more of it comes just now: then it stays. */
  private Future<Boolean> discarded(String volume) {
    return host.snapshots()
        .discardPartial(volume)
        .map(true)
        .recover(why ->
            why instanceof GatewayError.Conflict
                ? Future.succeededFuture(false)
                : Future.failedFuture(why));
  }

  private void giveWay(VolumeTurn turn, long freeBytes) {
    Meant one = turn.nextNeeded();
    run.ask(
        turn,
        () -> host.snapshots().destroyNeeded(List.of(one)),
        fates -> {
          turn.gaveWay(one, fates)
              .ifPresent(by ->
                  host.observer().wentForRoom(turn.volume(), one.name().snapshot(), by, freeBytes));
          host.observer().destroyed(PruneRun.count(fates, Fate.Destroyed.class));
          host.observer().snapshotsFailed(PruneRun.count(fates, Fate.Failed.class));
          turn.error().ifPresentOrElse(why -> run.failed(turn, why), () -> go(turn));
        });
  }
}
