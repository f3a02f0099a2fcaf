package dev.penstock.nbd.export;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.handshake.Exports.Listed;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;

/**
 * What LIST answers once: exports, each with its snapshots behind it, the newest first. Volumes are
 * asked one after the other, so that a client does not keep all workers busy.
 */
final class ExportListing {
  private final Snapshots snapshots;
  private final List<ExportSettings> exports;
  private final List<Listed> listed = new ArrayList<>();
  private final Promise<List<Listed>> complete = Promise.promise();
  private int asked;

  private ExportListing(Snapshots snapshots, List<ExportSettings> exports) {
    this.snapshots = snapshots;
    this.exports = exports;
  }

  static Future<List<Listed>> of(List<ExportSettings> exports, Snapshots snapshots) {
    var listing = new ExportListing(snapshots, exports);
    listing.goOn();
    return listing.complete.future();
  }

  /** Without snapshots: what can be said at once. */
  static List<Listed> of(List<ExportSettings> exports) {
    return exports.stream().map(ExportListing::listed).toList();
  }

  private static Listed listed(ExportSettings export) {
    return new Listed(export.name(), export.description());
  }

  /** A loop where it can be one: a thousand exports are too deep a recursion. */
  private void goOn() {
    while (asked < exports.size()) {
      ExportSettings export = exports.get(asked++);
      listed.add(listed(export));
      if (!export.snapshots() || room() == 0) continue;
      Future<List<SnapshotInfo>> found = snapshots.newest(export.volume(), _ -> true, room());
      if (!found.isComplete()) {
        found.onSuccess(infos -> {
          add(export, infos);
          goOn();
        });
        return;
      }
      add(export, found.result());
    }
    complete.complete(listed);
  }

  private void add(ExportSettings export, List<SnapshotInfo> infos) {
    for (SnapshotInfo info : infos) listed.add(listed(export.ofSnapshot(info.name())));
  }

  private int room() {
    int left = Limits.SNAPSHOTS_LISTED_OF_ALL_MAX - (listed.size() - asked);
    return Math.min(left, Limits.SNAPSHOTS_LISTED_MAX);
  }
}
