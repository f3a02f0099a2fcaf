package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.Finding.Weight;
import dev.penstock.spi.volume.VolumeStore.Verifying;
import dev.penstock.volumes.claim.Claims;
import dev.penstock.volumes.claim.GrainState;
import dev.penstock.volumes.claim.Grains;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.layer.ClaimFiles;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.ManifestFormat;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.LongConsumer;

/**
 * Looks at everything that is stored of a volume: that its manifest is what was written, that each
 * layer's files are there, long enough and readable, that no claim goes past its layer, and that
 * what is claimed and what is stored agree. Data itself has no checksum. Changes nothing.
 */
final class Verification {
  private final Disk disk;
  private final Catalogue catalogue;
  private final OpenVolumes open;
  private final Facilities facilities;
  private final String name;
  private final Verifying progress;

  Verification(
      Disk disk,
      Catalogue catalogue,
      OpenVolumes open,
      Facilities facilities,
      String name,
      Verifying progress) {
    this.disk = disk;
    this.catalogue = catalogue;
    this.open = open;
    this.facilities = facilities;
    this.name = name;
    this.progress = progress;
  }

  /** What {@code progress} throws ends the look, and is thrown on. */
  void carryOut() {
    try {
      look();
    } catch (Ended e) {
      throw e.why;
    }
  }

  private void look() {
    if (catalogue.broken().containsKey(name)) {
      found(Weight.DAMAGE, catalogue.broken().get(name));
      return;
    }
    Manifest manifest = catalogue.require(name);
    verifyManifest(manifest);
    Map<String, Manifest.Layer> layers = new TreeMap<>(manifest.layers());
    long totalBytes = layers.values().stream().mapToLong(Verification::bytesToLookAt).sum();
    long doneBytes = 0;
    for (Map.Entry<String, Manifest.Layer> layer : layers.entrySet()) {
      long before = doneBytes;
      verifyLayer(
          manifest, layer.getKey(), layer.getValue(), bytes -> reached(before + bytes, totalBytes));
      doneBytes += bytesToLookAt(layer.getValue());
      reached(doneBytes, totalBytes);
    }
  }

  /** What is claimed is looked at, and what is not, one after the other. */
  private static long bytesToLookAt(Manifest.Layer layer) {
    return 2 * layer.sizeBytes();
  }

  private void found(Weight weight, String what) {
    try {
      progress.found(new Finding(weight, what));
    } catch (GatewayError e) {
      throw new Ended(e);
    }
  }

  private void reached(long bytes, long totalBytes) {
    try {
      progress.reached(bytes, totalBytes);
    } catch (GatewayError e) {
      throw new Ended(e);
    }
  }

  /** As it is on the disk: what is in memory was sound when it was read. */
  private void verifyManifest(Manifest manifest) {
    String path = Layout.manifestIn(Layout.volume(name));
    try {
      Manifest stored = ManifestFormat.decode(disk.called(path), catalogue.files().read(path));
      if (stored.seq() < manifest.seq())
        found(Weight.DAMAGE, "%s is older than what was written".formatted(disk.called(path)));
    } catch (GatewayError e) {
      found(Weight.DAMAGE, e.what());
    }
    Set<UUID> guids = new HashSet<>();
    manifest
        .snapshots()
        .forEach((snapshot, its) -> {
          if (!guids.add(its.guid()))
            found(
                Weight.DAMAGE, "snapshot %s@%s has the guid of another".formatted(name, snapshot));
        });
  }

  private void verifyLayer(
      Manifest manifest, String id, Manifest.Layer layer, LongConsumer reached) {
    try (DiskFile data = disk.open(Layout.dataOf(id), Opening.EXISTING)) {
      if (data.sizeBytes() < layer.sizeBytes())
        found(
            Weight.DAMAGE,
            "%s has %d bytes of %d"
                .formatted(disk.called(Layout.dataOf(id)), data.sizeBytes(), layer.sizeBytes()));
      if (layer.parent().isEmpty()) return;
      Claims claims = claims(id);
      verifyEnd(id, layer, claims);
      if (facilities.seek()) {
        Looked looked = new Looked(data, layer.sizeBytes(), reached);
        verifyData(id, looked, claims);
        if (!manifest.head().equals(id)) verifyRest(id, looked, claims);
      }
    } catch (GatewayError e) {
      if (catalogue.needed().contains(id)) found(Weight.DAMAGE, e.what());
    }
  }

  private void verifyEnd(String id, Manifest.Layer layer, Claims claims) {
    long end = Grains.holding(layer.sizeBytes());
    claims.forEach(
        end,
        Long.MAX_VALUE,
        run -> {
          if (run.state() == GrainState.DATA)
            found(
                Weight.DAMAGE,
                "layer %s of volume %s claims data after its end: grains %d to %d"
                    .formatted(id, name, run.first(), run.end()));
          return true;
        });
  }

  /**
   * As the layer is written now, if it is: somebody may open it, and write, while its files are
   * read.
   */
  private Claims claims(String id) {
    Optional<Claims> written = open.claimsOfHead(name, id);
    if (written.isPresent()) return written.get();
    try {
      return ClaimFiles.read(disk, id).claims();
    } catch (GatewayError.Damaged e) {
      return open.claimsOfHead(name, id).orElseThrow(() -> e);
    }
  }

  /** A tool that makes copies sparse turns zeroes into holes, which read the same. */
  private void verifyData(String id, Looked looked, Claims claims) {
    long[] holes = {0};
    claims.forEach(run -> {
      if (run.state() == GrainState.DATA) holes[0] += holeBytes(run.first(), run.end(), looked);
      return true;
    });
    if (holes[0] > 0)
      found(
          Weight.ODD,
          "%s: %d bytes that are claimed are holes: zeroes, or a copy that was made sparse"
              .formatted(disk.called(Layout.dataOf(id)), holes[0]));
  }

  private static long holeBytes(long first, long end, Looked looked) {
    DiskFile data = looked.data();
    long stop = Math.min(Grains.offsetOf(end), looked.sizeBytes());
    long bytes = 0;
    for (long at = Grains.offsetOf(first); at < stop; ) {
      looked.reached().accept(at);
      long next = Math.min(stop, data.nextData(at));
      bytes += next - at;
      at = next < stop ? Math.min(stop, Math.max(next + 1, data.nextHole(next))) : stop;
    }
    return bytes;
  }

  private void verifyRest(String id, Looked looked, Claims claims) {
    long[] bytes = {0};
    new Unclaimed(
            looked.data(),
            looked.sizeBytes(),
            at -> looked.reached().accept(looked.sizeBytes() + at))
        .forEach(claims, span -> bytes[0] += span.to() - span.from());
    if (bytes[0] > 0)
      found(
          Weight.LEAK,
          "%s: %d bytes are stored and not claimed"
              .formatted(disk.called(Layout.dataOf(id)), bytes[0]));
  }

  /** A layer's data that is looked at, and who is told how far. */
  private record Looked(DiskFile data, long sizeBytes, LongConsumer reached) {}

  /** Whoever is told wants no more of it. */
  private static final class Ended extends RuntimeException {
    private static final long serialVersionUID = 1L;

    final GatewayError why;

    Ended(GatewayError why) {
      super(why);
      this.why = why;
    }
  }
}
