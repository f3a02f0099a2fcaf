package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.VolumeName;
import dev.penstock.volumes.claim.ClaimLog;
import dev.penstock.volumes.claim.Claims;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.layer.ClaimFiles;
import dev.penstock.volumes.manifest.Guids;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.Manifest.Incoming;
import dev.penstock.volumes.manifest.Manifest.Snapshot;
import dev.penstock.volumes.manifest.ManifestEdit;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Begins to receive snapshots, or goes on. What comes goes into a layer of its own, which the
 * manifest names as incoming: nobody sees it before it is complete.
 *
 * <p>A volume that is received for the first time has a directory that begins with a dot until
 * then.
 */
final class Receptions {
  private final Disk disk;
  private final Catalogue catalogue;
  private final OpenVolumes open;
  private final NewVolumeCheck newVolumes;
  private final InstantSource clock;
  private final LayerCreation creation;
  private final NextLayers next;
  private final long unkeptBytesMax;
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();

  /** Refuses a volume that is to be made. */
  @FunctionalInterface
  interface NewVolumeCheck {
    void require(String name, long sizeBytes);
  }

  Receptions(
      Disk disk,
      Catalogue catalogue,
      OpenVolumes open,
      NewVolumeCheck newVolumes,
      NextLayers next,
      InstantSource clock,
      long unkeptBytesMax) {
    this.next = next;
    this.unkeptBytesMax = unkeptBytesMax;
    this.disk = disk;
    this.catalogue = catalogue;
    this.open = open;
    this.newVolumes = newVolumes;
    this.clock = clock;
    this.creation = new LayerCreation(disk, catalogue.files());
  }

  Receiving receive(String volume, StreamHeader header) {
    VolumeName.require(volume);
    VolumeName.require(header.name());
    String key = header.from().isEmpty() ? Layout.incomingVolume(volume) : volume;
    if (!underWay.add(key))
      throw new GatewayError.Conflict("volume %s is being received already".formatted(volume));
    try {
      Reception begun =
          catalogue.change(() ->
              opened(
                  volume,
                  key,
                  header.from().isEmpty() ? first(volume, key, header) : next(volume, header),
                  header));
      catalogue.freeRoom();
      return begun;
    } catch (RuntimeException e) {
      underWay.remove(key);
      throw e;
    }
  }

  /**
   * Where a snapshot comes.
   *
   * @param log of the layer, if that was just made
   */
  private record Place(Incoming incoming, Optional<ClaimLog> log) {
    static Place of(Incoming incoming) {
      return new Place(incoming, Optional.empty());
    }
  }

  private Reception opened(String volume, String key, Place place, StreamHeader header) {
    Incoming incoming = place.incoming();
    if (header.offset() > incoming.reachedBytes()) {
      place.log().ifPresent(ClaimLog::close);
      throw new GatewayError.Conflict(
          "snapshot %s of %s is here up to byte %d, and the stream begins at %d"
              .formatted(header.name(), volume, incoming.reachedBytes(), header.offset()));
    }
    Manifest manifest = Optional.ofNullable(catalogue.volumes().get(key)).orElseThrow();
    StoredVolume.Parts parts =
        place
            .log()
            .map(log -> open.newParts(manifest, incoming.layer(), log))
            .orElseGet(() -> open.parts(manifest, incoming.layer()));
    open.keep(parts.view());
    return new Reception(
        catalogue,
        new Reception.Target(volume, key, incoming),
        new Reception.Writer(parts, open::close),
        this,
        unkeptBytesMax);
  }

  /** A volume that is not there yet. */
  private Place first(String volume, String key, StreamHeader header) {
    Manifest partial = catalogue.volumes().get(key);
    if (partial != null) {
      Optional<Incoming> same = partial.incoming().filter(its -> isSame(its, partial, header));
      if (same.isPresent()) return Place.of(same.get());
      drop(key, partial);
    }
    newVolumes.require(volume, header.sizeBytes());
    Manifest empty =
        Manifest.ofNew(Guids.next(), clock.instant(), header.sizeBytes(), Manifest.anId());
    Incoming incoming = incoming(empty.head(), header);
    Manifest manifest = empty.edit().replica(true).incoming(Optional.of(incoming)).done();
    new Creation(disk, catalogue.files())
        .carryOut(key, manifest, () -> creation.root(manifest.head(), header.sizeBytes()));
    catalogue.volumes().put(key, manifest);
    return Place.of(incoming);
  }

  private static boolean isSame(Incoming incoming, Manifest manifest, StreamHeader header) {
    return incoming.guid().equals(header.to())
        && incoming.from().equals(header.from())
        && manifest.layer(incoming.layer()).sizeBytes() == header.sizeBytes();
  }

  private static Incoming incoming(String layer, StreamHeader header) {
    return new Incoming(layer, header.to(), header.name(), header.createdAt(), header.from(), 0);
  }

  /** What follows the newest snapshot of a volume that was not written since. */
  private Place next(String volume, StreamHeader header) {
    Manifest before = catalogue.require(volume);
    UUID from = header.from().orElseThrow();
    String base = requireFollows(volume, before, from, header.to(), header.name());
    Optional<Incoming> there = before.incoming();
    Optional<Incoming> same = there.filter(its -> isSame(its, before, header));
    if (same.isPresent()) return Place.of(same.get());
    String layer = before.next();
    next.forget(layer);
    ClaimLog log = creation.claiming(layer, header.sizeBytes());
    try {
      Incoming incoming = incoming(layer, header);
      Manifest after =
          before
              .edit()
              .made(Optional.of(base), header.sizeBytes())
              .incoming(Optional.of(incoming))
              .done();
      catalogue.replace(volume, after);
      catalogue.freeDropped(volume, after);
      return new Place(incoming, Optional.of(log));
    } catch (RuntimeException e) {
      log.close();
      throw e;
    }
  }

  /** The layer that it follows. Nothing of the volume may be lost by it. */
  String requireFollows(String volume, Manifest manifest, UUID from, UUID to, String name) {
    open.requireNotOpen(volume);
    if (manifest.snapshots().containsKey(name)
        || manifest.snapshots().values().stream().anyMatch(its -> its.guid().equals(to)))
      throw new GatewayError.Conflict(
          "volume %s has a snapshot %s already".formatted(volume, name));
    Optional<Snapshot> newest = newest(manifest);
    if (newest.filter(its -> its.guid().equals(from)).isEmpty())
      throw new GatewayError.Conflict(
          "the newest snapshot of %s is %s, and what is received follows %s"
              .formatted(volume, newest.map(its -> its.guid().toString()).orElse("none"), from));
    String base = newest.get().layer();
    if (isWritten(manifest, base))
      throw new GatewayError.Conflict(
          "volume %s was written after its newest snapshot; roll it back first".formatted(volume));
    return base;
  }

  boolean isChanged(String volume) {
    Manifest manifest = catalogue.require(volume);
    open.requireNotOpen(volume);
    return newest(manifest).map(newest -> isWritten(manifest, newest.layer())).orElse(true);
  }

  private static Optional<Snapshot> newest(Manifest manifest) {
    Snapshot newest = null;
    for (Snapshot snapshot : manifest.snapshots().values()) newest = snapshot;
    return Optional.ofNullable(newest);
  }

  private boolean isWritten(Manifest manifest, String base) {
    String head = manifest.head();
    if (head.equals(base)) return false;
    boolean isOnTop = manifest.layer(head).parent().equals(Optional.of(base));
    if (!isOnTop || manifest.sizeBytes() != manifest.layer(base).sizeBytes()) return true;
    Claims claims = ClaimFiles.read(disk, head).claims();
    return !claims.isEmpty();
  }

  /**
   * The snapshot is there, and what is written goes on top of it.
   *
   * @param tag holds it from its first moment, and otherwise only the one that it follows
   */
  void complete(Reception.Target target, Optional<String> tag) {
    String volume = target.volume();
    String key = target.key();
    Incoming incoming = target.incoming();
    catalogue.change(() -> {
      Manifest before = Optional.ofNullable(catalogue.volumes().get(key)).orElseThrow();
      if (incoming.from().isEmpty()) newVolumes.require(volume, 0);
      else requireFollows(volume, before, incoming.from().get(), incoming.guid(), incoming.name());
      ManifestEdit edit = before.edit();
      putHeadOnTop(before, incoming, edit);
      edit.snapshot(incoming.name(), snapshot(incoming, tag)).incoming(Optional.empty());
      tag.ifPresent(held -> edit.onlyThese(ofBoth(incoming), held));
      Manifest after = edit.done();
      catalogue.replace(key, after);
      if (key.equals(volume)) catalogue.freeDropped(volume, after);
      else appear(volume, key);
      return after;
    });
    underWay.remove(key);
    catalogue.freeRoom();
  }

  private static Snapshot snapshot(Incoming incoming, Optional<String> tag) {
    Set<String> holds = tag.map(Set::of).orElseGet(Set::of);
    return new Snapshot(incoming.layer(), incoming.guid(), incoming.created(), holds);
  }

  private static Set<UUID> ofBoth(Incoming incoming) {
    return incoming
        .from()
        .map(from -> Set.of(from, incoming.guid()))
        .orElse(Set.of(incoming.guid()));
  }

  /** The head holds nothing: it moves, so that no other has to be made, unless it is too short. */
  private void putHeadOnTop(Manifest before, Incoming incoming, ManifestEdit edit) {
    long sizeBytes = before.layer(incoming.layer()).sizeBytes();
    if (incoming.from().isPresent() && before.sizeBytes() == sizeBytes) {
      edit.moved(before.head(), incoming.layer());
      return;
    }
    String head = before.next();
    next.forget(head);
    creation.claiming(head, sizeBytes).close();
    edit.made(Optional.of(incoming.layer()), sizeBytes).head(head);
  }

  /** A crash before the directory has its name is made up for when the store is opened. */
  private void appear(String volume, String key) {
    disk.rename(Layout.volume(key), Layout.volume(volume));
    catalogue.files().syncDirectory(Layout.VOLUMES);
    Manifest manifest = catalogue.volumes().remove(key);
    if (manifest != null) catalogue.volumes().put(volume, manifest);
  }

  void discard(String volume, String key) {
    try {
      catalogue.change(() -> {
        Manifest before = Optional.ofNullable(catalogue.volumes().get(key)).orElseThrow();
        if (key.equals(volume)) forget(volume, before);
        else drop(key, before);
        return before;
      });
    } finally {
      underWay.remove(key);
    }
    catalogue.freeRoom();
  }

  private void forget(String volume, Manifest before) {
    if (before.incoming().isEmpty()) return;
    Manifest after = before.edit().incoming(Optional.empty()).done();
    catalogue.replace(volume, after);
    catalogue.freeDropped(volume, after);
  }

  /** What a volume has is told before what would make one of its name. */
  Map<String, Partial> partials() {
    Map<String, Partial> partials = new HashMap<>();
    catalogue
        .volumes()
        .forEach((key, manifest) ->
            manifest
                .incoming()
                .ifPresent(incoming -> {
                  Partial partial = partial(manifest, incoming);
                  if (Layout.isIncoming(key)) partials.putIfAbsent(Layout.received(key), partial);
                  else partials.put(key, partial);
                }));
    return partials;
  }

  private static Partial partial(Manifest manifest, Incoming incoming) {
    return new Partial(
        incoming.from(),
        incoming.guid(),
        incoming.name(),
        manifest.layer(incoming.layer()).sizeBytes(),
        incoming.reachedBytes());
  }

  void discardPartial(String volume) {
    for (String key : List.of(volume, Layout.incomingVolume(volume))) {
      if (!underWay.add(key))
        throw new GatewayError.Conflict(
            "volume %s is being received: what has come of it cannot be given up now"
                .formatted(volume));
      if (catalogue.volumes().containsKey(key)) discard(volume, key);
      else underWay.remove(key);
    }
  }

  private void drop(String key, Manifest manifest) {
    Removal removal = new Removal(disk, catalogue);
    removal.carryOut(key, manifest);
    catalogue.volumes().remove(key);
    removal.freeLayers(manifest);
  }

  void leftOff(String key) {
    underWay.remove(key);
  }

  boolean isUnderWay(String volume) {
    return underWay.contains(volume);
  }
}
