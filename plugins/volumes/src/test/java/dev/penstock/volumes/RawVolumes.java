package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Change;
import dev.penstock.volumes.claim.ClaimLog;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.head.ClaimingOpening;
import dev.penstock.volumes.head.RootHead;
import dev.penstock.volumes.layer.Budget;
import dev.penstock.volumes.layer.Layer;
import dev.penstock.volumes.layer.Layers;
import dev.penstock.volumes.layer.View;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.StoreFiles;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongConsumer;

/** Volumes without a store around them, and so of any size. */
final class RawVolumes {
  private RawVolumes() {}

  /** One plain file. */
  static StoredVolume on(Disk disk, long sizeBytes) {
    return on(disk, sizeBytes, new Alone());
  }

  static StoredVolume on(Disk disk, long sizeBytes, StoredVolume.Home home) {
    Facilities facilities = make(disk, sizeBytes);
    Manifest manifest = manifest(sizeBytes);
    new LayerCreation(disk, new StoreFiles(disk)).root(manifest.head(), sizeBytes);
    Layers layers = layers(disk, facilities);
    Layer root = layers.get(manifest.head(), manifest.layer(manifest.head()));
    if (!root.data().hold()) throw new AssertionError("retired");
    View view = layers.view(List.of(root), _ -> List.of());
    return new StoredVolume(
        "demo",
        manifest,
        new StoredVolume.Parts(view, new RootHead(root, facilities)),
        facilities,
        home);
  }

  /** An empty layer on top of an empty root. */
  static StoredVolume layered(Disk disk, long sizeBytes) {
    Facilities facilities = make(disk, sizeBytes);
    Manifest below = manifest(sizeBytes);
    LayerCreation creation = new LayerCreation(disk, new StoreFiles(disk));
    creation.root(below.head(), sizeBytes);
    String top = below.next();
    Manifest manifest = below.edit().made(Optional.of(below.head()), sizeBytes).head(top).done();
    Layers layers = layers(disk, facilities);
    List<Layer> chain = layers.chain(manifest, top);
    ClaimLog log = creation.claiming(top, sizeBytes);
    if (!chain.getFirst().data().hold()) throw new AssertionError("no file");
    var opening = ClaimingOpening.ofNew(disk, chain.getFirst(), log);
    View view = layers.view(chain, opening);
    return new StoredVolume(
        "demo",
        manifest,
        new StoredVolume.Parts(view, opening.head(view, facilities)),
        facilities,
        new Alone());
  }

  private static Layers layers(Disk disk, Facilities facilities) {
    return new Layers(disk, facilities, new Budget(16), new Budget(1 << 20));
  }

  private static Manifest manifest(long sizeBytes) {
    return Manifest.ofNew(UUID.randomUUID(), Instant.EPOCH, sizeBytes, Manifest.anId());
  }

  private static Facilities make(Disk disk, long sizeBytes) {
    if (!disk.exists(Layout.LAYERS)) disk.makeDirectory(Layout.LAYERS);
    try (DiskFile probed = disk.open("probed-" + sizeBytes, Opening.EITHER)) {
      return probed.probe();
    }
  }

  private static final class Alone implements StoredVolume.Home {
    @Override
    public synchronized void grow(StoredVolume volume, long sizeBytes) {
      if (sizeBytes < volume.sizeBytes())
        throw new GatewayError.Invalid("smaller than " + volume.sizeBytes());
      volume.head().growTo(sizeBytes);
      volume.syncHead();
      volume.view().top().grownTo(sizeBytes);
      volume.view().grown();
      volume.grown(sizeBytes);
    }

    @Override
    public void changes(
        StoredVolume volume, UUID since, long offset, long lengthBytes, Change.Sink sink) {
      throw new GatewayError.NotFound("there is no snapshot");
    }

    @Override
    public boolean isReplica(StoredVolume volume) {
      return false;
    }

    @Override
    public LongConsumer syncTimes() {
      return _ -> {};
    }

    @Override
    public void closed(StoredVolume volume) {}
  }
}
