package dev.penstock.volumes.manifest;

import dev.penstock.volumes.manifest.Manifest.Incoming;
import dev.penstock.volumes.manifest.Manifest.Layer;
import dev.penstock.volumes.manifest.Manifest.Snapshot;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The manifest that replaces another, while it is put together. */
public final class ManifestEdit {
  private final Manifest before;
  private final Map<String, Layer> layers;
  private final Map<String, Snapshot> snapshots;
  private final Set<String> dropped;
  private long sizeBytes;
  private String head;
  private String next;
  private Optional<Incoming> incoming;
  private boolean replica;

  ManifestEdit(Manifest before) {
    this.before = before;
    this.layers = new HashMap<>(before.layers());
    this.snapshots = new LinkedHashMap<>(before.snapshots());
    this.dropped = new HashSet<>(before.dropped());
    this.sizeBytes = before.sizeBytes();
    this.head = before.head();
    this.next = before.next();
    this.incoming = before.incoming();
    this.replica = before.replica();
  }

  ManifestEdit size(long bytes) {
    sizeBytes = bytes;
    return this;
  }

  ManifestEdit layers(Map<String, Layer> all) {
    layers.clear();
    layers.putAll(all);
    return this;
  }

  /** The layer that was to be made next is made, upon another. It is not the head by that. */
  public ManifestEdit made(Optional<String> parent, long bytes) {
    layers.put(next, new Layer(parent, bytes));
    next = Manifest.anId();
    return this;
  }

  /** Another layer is written from now on. */
  public ManifestEdit head(String layer) {
    head = layer;
    sizeBytes = layers.getOrDefault(layer, new Layer(Optional.empty(), 0)).sizeBytes();
    return this;
  }

  public ManifestEdit snapshot(String name, Snapshot snapshot) {
    snapshots.put(name, snapshot);
    return this;
  }

  public ManifestEdit withoutSnapshot(String name) {
    snapshots.remove(name);
    return this;
  }

  public ManifestEdit incoming(Optional<Incoming> what) {
    incoming = what;
    return this;
  }

  public ManifestEdit replica(boolean is) {
    replica = is;
    return this;
  }

  /** Of the snapshots with the tag only those of these guids keep it. */
  public ManifestEdit onlyThese(Set<UUID> guids, String tag) {
    snapshots.replaceAll((_, snapshot) ->
        snapshot.holds().contains(tag) && !guids.contains(snapshot.guid())
            ? snapshot.held(tag, false)
            : snapshot);
    return this;
  }

  /** A layer that holds nothing is on top of another than before, of the same length. */
  public ManifestEdit moved(String id, String parent) {
    layers.computeIfPresent(id, (_, layer) -> new Layer(Optional.of(parent), layer.sizeBytes()));
    return this;
  }

  /** The volume does without this layer; what was on top of it is on top of its parent. */
  public ManifestEdit drop(String id) {
    Layer gone = layers.remove(id);
    if (gone == null) return this;
    dropped.add(id);
    layers.replaceAll((_, layer) ->
        layer.parent().equals(Optional.of(id))
            ? new Layer(gone.parent(), layer.sizeBytes())
            : layer);
    return this;
  }

  /** A layer is in another's place, with its length; the other is dropped. */
  public ManifestEdit replace(String id, String by) {
    Layer gone = layers.remove(id);
    Layer instead = layers.get(by);
    if (gone == null || instead == null) return this;
    dropped.add(id);
    layers.put(by, new Layer(instead.parent(), gone.sizeBytes()));
    layers.replaceAll((_, layer) ->
        layer.parent().equals(Optional.of(id))
            ? new Layer(Optional.of(by), layer.sizeBytes())
            : layer);
    snapshots.replaceAll((_, snapshot) ->
        snapshot.layer().equals(id)
            ? new Snapshot(by, snapshot.guid(), snapshot.created(), snapshot.holds())
            : snapshot);
    if (head.equals(id)) head = by;
    return this;
  }

  /** Another length of a layer that is not the head. */
  public ManifestEdit resized(String id, long bytes) {
    layers.computeIfPresent(id, (_, layer) -> new Layer(layer.parent(), bytes));
    return this;
  }

  /** What was dropped is gone from the disk. */
  public ManifestEdit freed(Set<String> ids) {
    dropped.removeAll(ids);
    return this;
  }

  /** Lets go of every layer that neither the head, a snapshot nor what is coming needs. */
  public Manifest done() {
    Set<String> needed = new HashSet<>();
    need(head, needed);
    for (Snapshot snapshot : snapshots.values()) need(snapshot.layer(), needed);
    incoming.ifPresent(coming -> need(coming.layer(), needed));
    for (String id : Set.copyOf(layers.keySet()))
      if (!needed.contains(id)) {
        layers.remove(id);
        dropped.add(id);
      }
    return manifest();
  }

  /** A layer and those below it, down to one that is known to be needed, with those below it. */
  private void need(String from, Set<String> needed) {
    Optional<String> at = Optional.of(from);
    while (at.isPresent() && needed.add(at.get())) {
      Layer layer = layers.get(at.get());
      if (layer == null) throw new IllegalStateException("no layer " + at.get());
      at = layer.parent();
    }
  }

  /** As {@link #done}, for what the next manifest that is written will say. */
  public Manifest unsaved() {
    return manifest(before.seq());
  }

  private Manifest manifest() {
    return manifest(before.seq() + 1);
  }

  private Manifest manifest(long seq) {
    return new Manifest(
        before.volume(),
        before.created(),
        seq,
        before.epoch(),
        sizeBytes,
        head,
        layers,
        snapshots,
        next,
        dropped,
        incoming,
        replica);
  }
}
