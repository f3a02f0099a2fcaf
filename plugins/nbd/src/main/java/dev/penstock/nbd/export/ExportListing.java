package dev.penstock.nbd.export;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Exports.Listed;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/**
 * What LIST answers once: the exports that a client could have, each with its snapshots behind it,
 * the newest first. Those of a volume are asked for when it is its turn.
 */
final class ExportListing implements Exports.Listing {
  private final ExportRegistry registry;
  private final Iterator<ExportSettings> exports;
  private final Queue<Listed> snapshots = new ArrayDeque<>();
  private Optional<ExportSettings> last = Optional.empty();
  private boolean tooSlow;

  ExportListing(ExportRegistry registry, Peer peer) {
    this.registry = registry;
    this.exports =
        registry.each().filter(export -> export.isListed(peer)).map(Export::settings).iterator();
  }

  @Override
  public Future<Optional<Listed>> next() {
    Optional<ExportSettings> behind = last.filter(export -> export.snapshots() && !tooSlow);
    last = Optional.empty();
    if (behind.isPresent()) return find(behind.get()).compose(_ -> next());
    if (!snapshots.isEmpty()) return Future.succeededFuture(Optional.of(snapshots.remove()));
    if (!exports.hasNext()) return Future.succeededFuture(Optional.empty());
    ExportSettings export = exports.next();
    last = Optional.of(export);
    return Future.succeededFuture(Optional.of(listed(export)));
  }

  /** A store that is slow once is not asked again: the client has its time for all of LIST. */
  private Future<Void> find(ExportSettings export) {
    Future<List<SnapshotInfo>> newest =
        registry.snapshots().newest(export.volume(), _ -> true, Limits.SNAPSHOTS_LISTED_MAX);
    return registry
        .soon(newest)
        .otherwise(_ -> {
          tooSlow = true;
          return List.of();
        })
        .map(infos -> {
          infos.forEach(info -> snapshots.add(listed(export.ofSnapshot(info.name()))));
          return null;
        });
  }

  private static Listed listed(ExportSettings export) {
    return new Listed(export.name(), export.description());
  }
}
