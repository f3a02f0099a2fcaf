package dev.penstock.volumes.layer;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.claim.ClaimLog;
import dev.penstock.volumes.claim.ClaimMap;
import dev.penstock.volumes.claim.Claims;
import dev.penstock.volumes.claim.Run;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.manifest.Layout;
import java.util.UUID;

/**
 * The claims of one layer on the disk: a map, a log of what came after it, or both.
 *
 * <p>A layer has a log unless its map is final; so that neither can be lost unnoticed.
 */
public final class ClaimFiles {
  private ClaimFiles() {}

  /**
   * What the files say. {@link GatewayError.Damaged} if one is missing or is not what was written.
   */
  public static ClaimMap read(Disk disk, String layer) {
    ClaimMap map = readMap(disk, layer);
    // It may become final, and its log go, between the two looks.
    if (!map.isFinal() && !disk.exists(Layout.logOf(layer))) map = readMap(disk, layer);
    if (map.isFinal()) return map;
    try (ClaimLog log = replay(disk, layer, map)) {
      return new ClaimMap(map.claims(), log.lastLsn(), false);
    }
  }

  private static ClaimMap readMap(Disk disk, String layer) {
    String path = Layout.mapOf(layer);
    if (!disk.exists(path)) return new ClaimMap(new Claims(), 0, false);
    try (DiskFile file = disk.open(path, Opening.EXISTING)) {
      return ClaimMap.read(file, disk.called(path), UUID.fromString(layer));
    }
  }

  private static ClaimLog replay(Disk disk, String layer, ClaimMap map) {
    String path = Layout.logOf(layer);
    if (!disk.exists(path))
      throw new GatewayError.Damaged(
          "%s is missing, and the map of its layer is not the last; bring it back from a backup; nothing was touched"
              .formatted(disk.called(path)));
    DiskFile file = disk.open(path, Opening.EXISTING);
    try {
      return ClaimLog.replayed(
          file,
          disk.called(path),
          UUID.fromString(layer),
          map.lsn(),
          run -> claimed(map.claims(), run));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static boolean claimed(Claims claims, Run run) {
    claims.set(run.first(), run.count(), run.state());
    return true;
  }

  /** What the files say, and the log, to be closed by the caller, to go on from there. */
  public static Opened open(Disk disk, String layer) {
    ClaimMap map = readMap(disk, layer);
    return new Opened(map.claims(), replay(disk, layer, map));
  }

  /** The claims of a layer that is going to be written. */
  public record Opened(Claims claims, ClaimLog log) {}

  /** Replaces the map, durably. {@code claims} must not change meanwhile. */
  public static void writeMap(Disk disk, String layer, ClaimMap map) {
    String unfinished = Layout.newMapOf(layer);
    try (DiskFile file = disk.open(unfinished, Opening.EITHER)) {
      file.truncate(0);
      map.write(file, UUID.fromString(layer));
      file.sync();
    }
    disk.rename(unfinished, Layout.mapOf(layer));
    disk.syncDirectory(Layout.LAYERS);
  }
}
