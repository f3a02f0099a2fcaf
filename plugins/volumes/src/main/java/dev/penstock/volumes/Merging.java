package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.claim.ClaimMap;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.layer.ClaimFiles;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts layers together that no snapshot needs apart, and ends what a freeze has left to do. One
 * piece of work at a time; a crash at any moment leaves what can be done again.
 *
 * <p><b>Threads.</b> One at a time; others read and write meanwhile.
 */
final class Merging {
  /** Told how it goes, and asked whether to go on. */
  interface Progress {
    /** Throws to be interrupted: what was copied is copied again, and nothing else is lost. */
    void copied(long bytes);
  }

  /**
   * A layer that nobody names, and the only one on top of it.
   *
   * @param volumes by name, all that have both
   */
  record Pair(String below, String above, Map<String, Manifest> volumes) {
    /** Whether the upper layer goes into the lower one: a root stays a plain file. */
    boolean goesDown() {
      return anyManifest().layer(below).parent().isEmpty();
    }

    Manifest anyManifest() {
      return volumes.values().iterator().next();
    }
  }

  private static final Logger log = LoggerFactory.getLogger(Merging.class);

  private final Disk disk;
  private final Catalogue catalogue;
  private final OpenVolumes open;
  private final NextLayers next;
  private final Facilities facilities;
  private final Set<String> sealed = ConcurrentHashMap.newKeySet();
  private final ReentrantLock work = new ReentrantLock();

  Merging(
      Disk disk, Catalogue catalogue, OpenVolumes open, NextLayers next, Facilities facilities) {
    this.next = next;
    this.disk = disk;
    this.catalogue = catalogue;
    this.open = open;
    this.facilities = facilities;
  }

  /** Whether there are layers to put together. */
  boolean isDue() {
    return firstPair().isPresent();
  }

  /**
   * Does one piece of what copies nothing: a layer for the next snapshot, or the end of one.
   *
   * @return false if there was none, or something is being repaired
   */
  boolean tidy() {
    if (!work.tryLock()) return false;
    try {
      return prepared() || sealed();
    } finally {
      work.unlock();
    }
  }

  /**
   * Does one piece of work.
   *
   * @return false if there was none
   */
  boolean step(Progress progress) {
    if (!work.tryLock()) throw interrupted("what a repair looks at");
    try {
      return locked(progress);
    } finally {
      work.unlock();
    }
  }

  /** Does something while nothing is merged. {@link GatewayError.Conflict} if something is. */
  void whileNothingIsMerged(Runnable step) {
    if (!work.tryLock())
      throw new GatewayError.Conflict(
          "layers of the store are being merged, or something of it is being repaired; try again"
              + " when that has ended (penstock task list)");
    try {
      step.run();
    } finally {
      work.unlock();
    }
  }

  private boolean locked(Progress progress) {
    // What gives room back does not wait for what takes it.
    GatewayError.@Nullable NoSpace full = null;
    for (BooleanSupplier piece :
        List.<BooleanSupplier>of(this::prepared, this::sealed, () -> merged(progress)))
      try {
        if (piece.getAsBoolean()) return true;
      } catch (GatewayError.NoSpace e) {
        full = e;
      }
    if (full != null) throw full;
    return false;
  }

  private boolean prepared() {
    Optional<String> volume = toPrepare();
    volume.ifPresent(this::prepare);
    return volume.isPresent();
  }

  private boolean sealed() {
    Optional<String> layer = firstUnsealed();
    layer.ifPresent(this::seal);
    return layer.isPresent();
  }

  private boolean merged(Progress progress) {
    Optional<Pair> pair = begun();
    pair.ifPresent(found -> carryOut(found, progress));
    return pair.isPresent();
  }

  /** Much may have become of the two since they were chosen. */
  void carryOut(Pair pair, Progress progress) {
    try {
      new Merge(disk, catalogue, open, facilities, pair).carryOut(progress);
    } finally {
      catalogue.endMerging(pair.below());
    }
    catalogue.freeRoom();
  }

  /** From now on the lower layer of the pair gets no name: a snapshot could have taken it. */
  Optional<Pair> begun() {
    return catalogue.change(() -> {
      Optional<Pair> pair = firstPair();
      pair.ifPresent(found -> catalogue.beginMerging(found.below()));
      return pair;
    });
  }

  /** A volume that is written and has snapshots will have another. */
  private Optional<String> toPrepare() {
    return catalogue.volumes().entrySet().stream()
        .filter(entry -> !entry.getValue().snapshots().isEmpty())
        .filter(entry -> open.volume(entry.getKey()).isPresent())
        .filter(entry -> !next.isPrepared(entry.getValue()))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private void prepare(String volume) {
    catalogue.change(() -> {
      Manifest manifest = catalogue.volumes().get(volume);
      if (manifest != null) next.prepare(manifest);
      return volume;
    });
  }

  /** A frozen layer that still has a log: whoever reads it has to read that. */
  private Optional<String> firstUnsealed() {
    Set<String> heads = new HashSet<>();
    Set<String> frozen = new TreeSet<>();
    for (Manifest manifest : catalogue.volumes().values()) {
      heads.add(manifest.head());
      manifest.incoming().ifPresent(incoming -> heads.add(incoming.layer()));
      manifest
          .layers()
          .forEach((id, layer) -> {
            if (layer.parent().isPresent()) frozen.add(id);
          });
    }
    frozen.removeAll(heads);
    frozen.removeAll(sealed);
    for (String id : frozen) {
      if (disk.exists(Layout.logOf(id))) return Optional.of(id);
      sealed.add(id);
    }
    return Optional.empty();
  }

  private void seal(String id) {
    catalogue.change(() -> {
      if (!catalogue.needed().contains(id)) return false;
      Optional<ClaimMap> read = readable(id);
      read.filter(map -> !map.isFinal())
          .ifPresent(
              map -> ClaimFiles.writeMap(disk, id, new ClaimMap(map.claims(), map.lsn(), true)));
      if (read.isPresent()) disk.unlink(Layout.logOf(id));
      return sealed.add(id);
    });
  }

  /** A layer that is damaged is passed over: the others do not wait for it. */
  private Optional<ClaimMap> readable(String id) {
    try {
      return Optional.of(ClaimFiles.read(disk, id));
    } catch (GatewayError.Damaged e) {
      log.atError()
          .addKeyValue("layer", id)
          .addKeyValue("reason", e.what())
          .log("claims of a layer cannot be read, and stay as they are");
      return Optional.empty();
    }
  }

  private Optional<Pair> firstPair() {
    Collection<Manifest> all = catalogue.volumes().values();
    Map<String, Set<String>> children = new HashMap<>();
    Set<String> kept = new HashSet<>();
    for (Manifest manifest : all) {
      kept.add(manifest.head());
      manifest.snapshots().values().forEach(snapshot -> kept.add(snapshot.layer()));
      manifest.incoming().ifPresent(incoming -> keep(manifest, incoming.layer(), kept));
      manifest
          .layers()
          .forEach((id, layer) ->
              layer
                  .parent()
                  .ifPresent(
                      parent -> children.computeIfAbsent(parent, _ -> new HashSet<>()).add(id)));
    }
    return new TreeMap<>(children)
        .entrySet().stream()
            .filter(entry -> !kept.contains(entry.getKey()) && entry.getValue().size() == 1)
            .map(entry -> pair(entry.getKey(), entry.getValue().iterator().next()))
            .findFirst();
  }

  /** What is being received changes, and so does what lies right below it. */
  private static void keep(Manifest manifest, String incoming, Set<String> kept) {
    kept.add(incoming);
    manifest.layer(incoming).parent().ifPresent(kept::add);
  }

  private Pair pair(String below, String above) {
    Map<String, Manifest> volumes = new TreeMap<>();
    catalogue
        .volumes()
        .forEach((name, manifest) -> {
          if (manifest.layers().containsKey(below)) volumes.put(name, manifest);
        });
    return new Pair(below, above, volumes);
  }

  static GatewayError interrupted(String what) {
    return new GatewayError.Conflict(what + " changed while its layers were merged; again later");
  }
}
