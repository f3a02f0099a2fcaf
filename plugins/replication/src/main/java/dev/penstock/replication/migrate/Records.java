package dev.penstock.replication.migrate;

import dev.penstock.replication.handoff.Claims;
import dev.penstock.replication.handoff.Destination;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The records of who owns which volume, as operators see and change them: what the hand-over itself
 * does not decide, since it would have to guess.
 *
 * <p><b>Threads.</b> Any.
 */
public final class Records {
  private final ModuleContext context;
  private final Runnable changed;

  /**
   * @param changed somebody may have to be told, or asked
   */
  Records(ModuleContext context, Runnable changed) {
    this.context = context;
    this.changed = changed;
  }

  /** Every record, of volumes that are gone as well. */
  public Future<Map<String, Ownership>> all() {
    return context.handoffs().recorded();
  }

  /**
   * Snapshots of what was written here while it was owned elsewhere, by volume, as they are held.
   */
  public Future<Map<String, List<String>>> orphans() {
    return context
        .snapshots()
        .histories()
        .map(all -> {
          Map<String, List<String>> orphans = new TreeMap<>();
          for (VolumeHistory history : all.volumes()) {
            List<String> its =
                history.snapshots().stream()
                    .filter(one -> one.holds().contains(Handoffs.ORPHAN))
                    .map(SnapshotInfo::name)
                    .toList();
            if (!its.isEmpty()) orphans.put(history.name(), its);
          }
          return orphans;
        });
  }

  /** Takes what is complete here without its source's word, or back from what is no gateway. */
  public Future<Ownership> force(String volume) {
    return context
        .handoffs()
        .find(volume)
        .compose(known -> Claims.isAway(known) ? takenBack(volume) : forced(volume));
  }

  private Future<Ownership> takenBack(String volume) {
    return context
        .snapshots()
        .history(volume)
        .compose(history -> {
          if (history.volume().isEmpty())
            throw new GatewayError.Conflict("the copy of %s here is gone".formatted(volume));
          return change(volume, now -> Claims.takeBack(now, UUID.randomUUID()));
        });
  }

  private Future<Ownership> forced(String volume) {
    return change(
        volume,
        now -> {
          Ownership taken = Claims.force(now);
          boolean hears = Claims.tells(taken).filter(Counterpart::isGateway).isPresent();
          return hears ? taken : Claims.settle(taken);
        });
  }

  /** The gateway that a volume was taken from by force is lost for good, and is told no more. */
  public Future<Ownership> settle(String volume) {
    return change(volume, now -> Claims.settle(now.orElseThrow()));
  }

  /** Of two owners of one epoch it is this one. */
  public Future<Ownership> resolve(String volume) {
    return change(volume, now -> Claims.choose(now, UUID.randomUUID()));
  }

  /** Gives up what is on its way here. */
  public Future<Ownership> cancel(String volume) {
    return change(volume, Destination::cancel);
  }

  private Future<Ownership> change(String volume, Handoffs.Step step) {
    return context
        .handoffs()
        .find(volume)
        .compose(known -> {
          if (known.isEmpty())
            throw new GatewayError.NotFound("there is no volume %s".formatted(volume));
          return context.handoffs().change(volume, "", step);
        })
        .onSuccess(_ -> changed.run());
  }
}
