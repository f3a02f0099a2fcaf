package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.layer.Layers;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.StoreFiles;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What volumes there are and of which layers, and the one way to change that: one change after
 * another, each durable before the next begins.
 *
 * <p><b>Threads.</b> Any. Whoever also holds locks of a volume took those first. <b>Errors.</b> A
 * directory that could not be synced leaves open what a power cut would leave: every later change
 * is {@link GatewayError.Damaged} until the store is opened anew.
 */
final class Catalogue {
  private static final Logger log = LoggerFactory.getLogger(Catalogue.class);

  /** Somebody has to open the store anew. */
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

  private final Disk disk;
  private final StoreFiles files;
  private final Layers layers;
  private final StoredBytes stored;
  private final Map<String, Manifest> volumes;
  private final Map<String, String> broken;
  private final boolean mayUnlink;
  private final Set<String> merging = ConcurrentHashMap.newKeySet();
  private final Queue<Runnable> rooms = new ConcurrentLinkedQueue<>();
  private final Set<String> doomed = new HashSet<>(); // guarded by this: they are among the rooms
  private @Nullable String damage; // guarded by this
  private boolean mayComeBack; // guarded by this: files were removed, and that is not durable yet

  /**
   * @param broken why some volumes cannot be used; what their layers are nobody knows, so none is
   *     removed while there are such
   */
  Catalogue(Disk disk, Layers layers, Map<String, Manifest> volumes, Map<String, String> broken) {
    this.disk = disk;
    this.files = new StoreFiles(disk, this::noteDamage);
    this.layers = layers;
    this.stored = new StoredBytes(disk);
    this.volumes = new ConcurrentHashMap<>(volumes);
    this.broken = Map.copyOf(broken);
    this.mayUnlink = broken.isEmpty();
  }

  /** By name; those that are being received too, by the name of their directory. It changes. */
  Map<String, Manifest> volumes() {
    return volumes;
  }

  StoreFiles files() {
    return files;
  }

  Layers layers() {
    return layers;
  }

  StoredBytes stored() {
    return stored;
  }

  Manifest require(String name) {
    Manifest manifest = Layout.isIncoming(name) ? null : volumes.get(name);
    if (manifest != null) return manifest;
    String why = broken.get(name);
    if (why != null) throw new GatewayError.Damaged(why);
    throw new GatewayError.NotFound("the store has no volume %s".formatted(name));
  }

  /** By name, why some volumes cannot be used. */
  Map<String, String> broken() {
    return broken;
  }

  /** Whether it is known of every layer who needs it. */
  boolean mayUnlink() {
    return mayUnlink;
  }

  /** {@link GatewayError.Conflict} while some volume cannot be used, and may need this. */
  void requireNoneBroken(String what) {
    broken.keySet().stream()
        .findFirst()
        .ifPresent(volume -> {
          throw new GatewayError.Conflict(
              "%s may be what volume %s needs, which is refused; bring that volume back first"
                  .formatted(what, volume));
        });
  }

  /** How many there are, but for those that are being received. */
  int count() {
    return (int) volumes.keySet().stream().filter(name -> !Layout.isIncoming(name)).count();
  }

  boolean isTaken(String name) {
    return volumes.containsKey(name) || broken.containsKey(name);
  }

  /** Makes a change, alone. {@link GatewayError.Damaged} if an earlier one left things open. */
  synchronized <T> T change(Supplier<T> steps) {
    if (damage != null) throw new GatewayError.Damaged(damage);
    return steps.get();
  }

  /** A directory could not be synced. */
  private synchronized void noteDamage(String why) {
    damage = why;
  }

  /**
   * As {@link #change}, for a volume that is sound itself: what the store cannot vouch for are not
   * its bytes.
   */
  synchronized <T> T changeOf(String volume, Supplier<T> steps) {
    if (damage != null)
      throw new GatewayError.Unavailable(
          Scope.REQUEST,
          LOOK_AGAIN,
          "volume %s cannot be changed before the store is reopened: %s".formatted(volume, damage));
    return change(steps);
  }

  /** Within a change: a layer that nobody names is put together with another, and gets no name. */
  void beginMerging(String layer) {
    merging.add(layer);
  }

  void endMerging(String layer) {
    merging.remove(layer);
  }

  boolean isMerging(String layer) {
    return merging.contains(layer);
  }

  /** Replaces a manifest, durably; within a change. */
  void replace(String name, Manifest next) {
    // The next manifest does not say any more that they are dropped: nobody would remove them.
    if (mayComeBack) files.syncDirectory(Layout.LAYERS);
    mayComeBack = false;
    files.commit(Layout.volume(name), next);
    volumes.put(name, next);
  }

  /**
   * The files of the layers that were dropped and that nobody else needs are to go; what does not
   * work costs room, and is tried again when the store is opened. Within a change, which {@link
   * #freeRoom} follows.
   */
  void freeDropped(String name, Manifest manifest) {
    if (!mayUnlink || manifest.dropped().isEmpty()) return;
    Set<String> needed = needed();
    Set<String> others = new HashSet<>(manifest.dropped());
    others.retainAll(needed);
    freed(name, others);
    for (String layer : manifest.dropped())
      if (!needed.contains(layer) && doomed.add(layer)) {
        layers.retire(layer);
        rooms.add(() -> free(layer));
      }
  }

  /** Told by the next manifest, which is durable after the removal is. */
  private void freed(String name, Set<String> gone) {
    volumes.computeIfPresent(
        name,
        (_, now) ->
            Collections.disjoint(now.dropped(), gone) ? now : now.edit().freed(gone).unsaved());
  }

  private void free(String layer) {
    boolean unlinked = false;
    try {
      unlinked = unlinked(layer);
    } finally {
      synchronized (this) {
        doomed.remove(layer);
        if (unlinked) {
          mayComeBack = true;
          for (String name : volumes.keySet()) freed(name, Set.of(layer));
        }
      }
    }
  }

  /** Within a change: gives room back once it has ended, when {@link #freeRoom} is called. */
  void freeLater(Runnable room) {
    rooms.add(room);
  }

  /**
   * Gives the room back that changes have left to be given back. Not within a change, nor while
   * somebody waits to write: to unlink a large file takes long.
   */
  void freeRoom() {
    for (Runnable room = rooms.poll(); room != null; room = rooms.poll()) room.run();
  }

  /** Every layer that some manifest has. */
  Set<String> needed() {
    Set<String> needed = new HashSet<>();
    for (Manifest manifest : volumes.values()) needed.addAll(manifest.layers().keySet());
    return needed;
  }

  /** Whether the files of a layer are gone, which may not be durable yet. */
  boolean unlinked(String layer) {
    stored.forget(layer);
    try {
      for (String path : Layout.filesOf(layer)) if (disk.exists(path)) disk.unlink(path);
      return true;
    } catch (GatewayError e) {
      if (Layout.filesOf(layer).stream().noneMatch(disk::exists)) return true; // others were faster
      log.atWarn()
          .addKeyValue("layer", layer)
          .addKeyValue("reason", e.what())
          .log("room of a layer is given back when the store is opened next");
      return false;
    }
  }
}
