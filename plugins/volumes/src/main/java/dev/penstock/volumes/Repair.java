package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.Finding.Weight;
import dev.penstock.spi.volume.VolumeStore.Verifying;
import dev.penstock.volumes.claim.ClaimMap;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.layer.ClaimFiles;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back the room of what the layers of a volume hold and do not claim. Only of layers that are
 * not written any more and whose map is final: it has a checksum, and everything that the layer
 * decides is in it, so what it does not claim nobody can ever read. A log could have lost its last
 * record; the head, and what is being received, have one.
 *
 * <p>A volume of which anything is damaged is looked at and not touched: what seems to be nobody's
 * may be what is missing. Each punch stands alone, so a crash anywhere leaves less to do.
 */
final class Repair {
  private static final Logger log = LoggerFactory.getLogger(Repair.class);

  private final Disk disk;
  private final Catalogue catalogue;
  private final Facilities facilities;
  private final String name;
  private final boolean apply;
  private final Verifying progress;

  /**
   * @param apply false to change nothing, and say what would be done
   */
  Repair(
      Disk disk,
      Catalogue catalogue,
      Facilities facilities,
      String name,
      boolean apply,
      Verifying progress) {
    this.disk = disk;
    this.catalogue = catalogue;
    this.facilities = facilities;
    this.name = name;
    this.apply = apply;
    this.progress = progress;
  }

  /**
   * While nobody can open the volume, and nothing is merged.
   *
   * @param verification looks at all of the volume
   * @param isAwaited whether somebody wants to open it: the repair gives way
   */
  void carryOut(Consumer<Verifying> verification, BooleanSupplier isAwaited) {
    if (!facilities.seek() || !facilities.punch())
      throw new GatewayError.Unsupported(
          "volume %s: the file system of its store does not tell holes from data, or cannot make them: there is nothing to repair with"
              .formatted(name));
    Map<String, Manifest.Layer> frozen = frozen(catalogue.require(name));
    Looks looks =
        new Looks(
            progress,
            frozen.values().stream().mapToLong(Manifest.Layer::sizeBytes).sum(),
            isAwaited,
            name);
    verification.accept(looks);
    if (looks.damaged) {
      progress.found(
          new Finding(
              Weight.ODD,
              "volume %s: nothing was repaired: what cannot be explained while there is damage may be what is missing; bring back what is damaged from a backup first"
                  .formatted(name)));
      return;
    }
    frozen.forEach((id, layer) -> repair(id, layer, looks));
  }

  private static Map<String, Manifest.Layer> frozen(Manifest manifest) {
    Map<String, Manifest.Layer> frozen = new TreeMap<>(manifest.layers());
    frozen.remove(manifest.head());
    manifest.incoming().ifPresent(incoming -> frozen.remove(incoming.layer()));
    frozen.values().removeIf(layer -> layer.parent().isEmpty());
    return frozen;
  }

  private void repair(String id, Manifest.Layer layer, Looks looks) {
    try {
      ClaimMap map = ClaimFiles.read(disk, id);
      if (map.isFinal()) repair(id, layer, map, looks);
      else leftAlone(id);
    } catch (GatewayError e) {
      // The last snapshot that needed it may have been destroyed meanwhile.
      if (catalogue.needed().contains(id)) throw e;
    }
    looks.before += layer.sizeBytes();
  }

  private void leftAlone(String id) {
    progress.found(
        new Finding(
            Weight.ODD,
            "%s: left alone: its claims are not in their final map yet; the store puts them there soon"
                .formatted(disk.called(Layout.dataOf(id)))));
  }

  private void repair(String id, Manifest.Layer layer, ClaimMap map, Looks looks) {
    long[] bytes = {0};
    try (DiskFile data = disk.open(Layout.dataOf(id), Opening.EXISTING)) {
      new Unclaimed(data, layer.sizeBytes(), looks::reachedOfRepair)
          .forEach(
              map.claims(),
              span -> {
                bytes[0] += span.to() - span.from();
                if (apply) data.punch(span.from(), span.to() - span.from());
              });
      if (apply && bytes[0] > 0) data.sync();
    }
    if (bytes[0] == 0) return;
    progress.found(
        new Finding(
            Weight.LEAK,
            "%s: %d bytes that no claim of the layer is about, so that nobody can read them, %s"
                .formatted(
                    disk.called(Layout.dataOf(id)),
                    bytes[0],
                    apply ? "were given back" : "would be given back")));
    if (apply)
      log.atInfo()
          .addKeyValue("volume", name)
          .addKeyValue("path", disk.called(Layout.dataOf(id)))
          .addKeyValue("bytes", bytes[0])
          .log("given back what is not claimed");
  }

  /** Passes on what a verification finds, but for what is repaired, and counts the two as one. */
  private static final class Looks implements Verifying {
    private final Verifying progress;
    private final long repairBytes;
    private final BooleanSupplier isAwaited;
    private final String name;
    private boolean damaged;
    private long before; // of this, what comes now
    private long totalBytes;

    Looks(Verifying progress, long repairBytes, BooleanSupplier isAwaited, String name) {
      this.progress = progress;
      this.repairBytes = repairBytes;
      this.isAwaited = isAwaited;
      this.name = name;
      this.totalBytes = repairBytes;
    }

    @Override
    public void found(Finding finding) {
      damaged |= finding.weight() == Weight.DAMAGE;
      if (finding.weight() != Weight.LEAK) progress.found(finding);
    }

    @Override
    public void reached(long units, long unitsTotal) {
      giveWay();
      totalBytes = unitsTotal + repairBytes;
      before = unitsTotal;
      progress.reached(units, totalBytes);
    }

    void reachedOfRepair(long bytes) {
      giveWay();
      progress.reached(before + bytes, totalBytes);
    }

    private void giveWay() {
      if (isAwaited.getAsBoolean())
        throw new GatewayError.Conflict(
            "volume %s is being opened, so its repair has ended early; what was given back stays so: repair it again when it is not in use"
                .formatted(name));
    }
  }
}
