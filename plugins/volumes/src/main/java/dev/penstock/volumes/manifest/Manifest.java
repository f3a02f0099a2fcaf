package dev.penstock.volumes.manifest;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * What a volume consists of: a tree of layers, of which one, the head, is written. Nothing else in
 * a store says so; what is not named by a manifest does not exist.
 *
 * @param volume the volume's guid
 * @param seq 1 for the first manifest of a volume, one more for each that replaces it
 * @param epoch 1 at first; raised before a layer's log is begun anew, never for a root layer
 * @param sizeBytes what a client sees; the head has this size
 * @param head the layer that is written
 * @param layers by id; ids are unique in the store, since volumes can share layers
 * @param snapshots by name, the oldest first: clocks can jump
 * @param next the id of the layer that is made next: a file of this name that no manifest has among
 *     its layers is not finished, and may be removed
 * @param dropped layers that this volume no longer needs, and that are removed unless others do
 * @param incoming what is being received
 * @param replica whether it follows another volume: see {@link
 *     dev.penstock.spi.volume.VolumeInfo#replica}
 */
public record Manifest(
    UUID volume,
    Instant created,
    long seq,
    long epoch,
    long sizeBytes,
    String head,
    Map<String, Layer> layers,
    Map<String, Snapshot> snapshots,
    String next,
    Set<String> dropped,
    Optional<Incoming> incoming,
    boolean replica) {

  /** A layer is as long as the volume was when it was the head. One without a parent is a root. */
  public record Layer(Optional<String> parent, long sizeBytes) {}

  /** A name for a layer that no longer changes. */
  public record Snapshot(String layer, UUID guid, Instant created, Set<String> holds) {
    public Snapshot {
      holds = Set.copyOf(holds);
    }

    /** The same, held under a tag, or no longer. */
    public Snapshot held(String tag, boolean held) {
      Set<String> tags = new HashSet<>(holds);
      if (held) tags.add(tag);
      else tags.remove(tag);
      return new Snapshot(layer, guid, created, tags);
    }
  }

  /**
   * A snapshot that is not here yet.
   *
   * @param layer what has come of it; the head, and what it shows, are as before
   * @param reachedBytes everything before this offset is durable
   */
  public record Incoming(
      String layer,
      UUID guid,
      String name,
      Instant created,
      Optional<UUID> from,
      long reachedBytes) {}

  public Manifest {
    layers = Map.copyOf(layers);
    snapshots = Collections.unmodifiableMap(new LinkedHashMap<>(snapshots));
    dropped = Collections.unmodifiableSet(new TreeSet<>(dropped)); // in the same order each time
  }

  /** A volume that was never snapshotted: one root layer. */
  public static Manifest ofNew(UUID volume, Instant created, long sizeBytes, String layer) {
    return ofNew(volume, created, sizeBytes, layer, anId());
  }

  static Manifest ofNew(UUID volume, Instant created, long sizeBytes, String layer, String next) {
    return new Manifest(
        volume,
        created,
        1,
        1,
        sizeBytes,
        layer,
        Map.of(layer, new Layer(Optional.empty(), sizeBytes)),
        Map.of(),
        next,
        Set.of(),
        Optional.empty(),
        false);
  }

  /**
   * A volume that begins as a layer of another, and shares it and what is below.
   *
   * @param head the layer that is written
   */
  public static Manifest ofClone(
      UUID volume, Instant created, Manifest from, String layer, String head) {
    Map<String, Layer> layers = new TreeMap<>();
    for (String id : from.chain(layer)) layers.put(id, from.layer(id));
    long sizeBytes = from.layer(layer).sizeBytes();
    layers.put(head, new Layer(Optional.of(layer), sizeBytes));
    return new Manifest(
        volume,
        created,
        1,
        1,
        sizeBytes,
        head,
        layers,
        Map.of(),
        anId(),
        Set.of(),
        Optional.empty(),
        false);
  }

  /** An id that no layer has. */
  public static String anId() {
    return Guids.next().toString();
  }

  /** The next manifest: the volume and its head are larger. */
  public Manifest grownTo(long newSizeBytes) {
    Map<String, Layer> grown = new TreeMap<>(layers);
    grown.computeIfPresent(head, (_, layer) -> new Layer(layer.parent(), newSizeBytes));
    return edit().size(newSizeBytes).layers(grown).done();
  }

  /** The head's layers, the newest first. */
  public List<String> chain() {
    return chain(head);
  }

  /** A layer and those below it, the newest first. */
  public List<String> chain(String from) {
    List<String> chain = new ArrayList<>();
    Optional<String> at = Optional.of(from);
    while (at.isPresent()) {
      chain.add(at.get());
      at = layer(at.get()).parent();
    }
    return chain;
  }

  public Layer layer(String id) {
    Layer layer = layers.get(id);
    if (layer == null) throw new IllegalStateException("no layer " + id);
    return layer;
  }

  /** The layers right on top of this one. */
  public List<String> childrenOf(String id) {
    return layers.entrySet().stream()
        .filter(entry -> entry.getValue().parent().equals(Optional.of(id)))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Whether a snapshot shows this layer. */
  public boolean isNamed(String id) {
    return snapshots.values().stream().anyMatch(snapshot -> snapshot.layer().equals(id));
  }

  /** To make the manifest that replaces this one. */
  public ManifestEdit edit() {
    return new ManifestEdit(this);
  }

  /** What does not fit together; empty if all does. */
  public Optional<String> contradiction() {
    Layer top = layers.get(head);
    if (top == null) return Optional.of("its head %s is none of its layers".formatted(head));
    if (top.sizeBytes() != sizeBytes)
      return Optional.of(
          "its size is %d and its head's is %d".formatted(sizeBytes, top.sizeBytes()));
    Optional<String> size = VolumeSize.objection(sizeBytes);
    if (size.isPresent()) return size;
    if (seq < 1 || epoch < 1)
      return Optional.of("seq %d and epoch %d begin at 1".formatted(seq, epoch));
    for (var snapshot : snapshots.entrySet())
      if (!layers.containsKey(snapshot.getValue().layer()))
        return Optional.of(
            "snapshot %s is of layer %s, which is none of its layers"
                .formatted(snapshot.getKey(), snapshot.getValue().layer()));
    Set<String> sound = new HashSet<>();
    return layers.keySet().stream()
        .flatMap(layer -> brokenChain(layer, sound).stream())
        .findFirst();
  }

  /**
   * @param sound layers whose chains end in a root
   */
  private Optional<String> brokenChain(String from, Set<String> sound) {
    Set<String> seen = new HashSet<>();
    Optional<String> at = Optional.of(from);
    while (at.isPresent() && !sound.contains(at.get())) {
      String id = at.get();
      if (!seen.add(id)) return Optional.of("layer %s is its own ancestor".formatted(id));
      Layer layer = layers.get(id);
      if (layer == null) return Optional.of("layer %s is a parent and is missing".formatted(id));
      at = layer.parent();
    }
    sound.addAll(seen);
    return Optional.empty();
  }
}
