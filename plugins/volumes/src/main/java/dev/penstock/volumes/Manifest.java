package dev.penstock.volumes;

import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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
 * @param snapshots by name
 */
record Manifest(
    UUID volume,
    Instant created,
    long seq,
    long epoch,
    long sizeBytes,
    String head,
    Map<String, Layer> layers,
    Map<String, Snapshot> snapshots) {

  /** A layer is as long as the volume was when it was the head. One without a parent is a root. */
  record Layer(Optional<String> parent, long sizeBytes) {}

  /** A name for a layer that no longer changes. */
  record Snapshot(String layer, UUID guid, Instant created) {}

  Manifest {
    layers = Map.copyOf(layers);
    snapshots = Map.copyOf(snapshots);
  }

  /** A volume that was never snapshotted: one root layer. */
  static Manifest ofNew(UUID volume, Instant created, long sizeBytes, String layer) {
    return new Manifest(
        volume,
        created,
        1,
        1,
        sizeBytes,
        layer,
        Map.of(layer, new Layer(Optional.empty(), sizeBytes)),
        Map.of());
  }

  /** The next manifest: the volume and its head are larger. */
  Manifest grownTo(long newSizeBytes) {
    Map<String, Layer> grown = new TreeMap<>(layers);
    grown.computeIfPresent(head, (_, layer) -> new Layer(layer.parent(), newSizeBytes));
    return new Manifest(volume, created, seq + 1, epoch, newSizeBytes, head, grown, snapshots);
  }

  /** Whether it is one plain file, and so everything that this version can serve. */
  boolean isOneFile() {
    return layers.size() == 1 && snapshots.isEmpty();
  }

  /** What does not fit together; empty if all does. */
  Optional<String> contradiction() {
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
    return layers.keySet().stream().flatMap(layer -> brokenChain(layer).stream()).findFirst();
  }

  private Optional<String> brokenChain(String from) {
    Set<String> seen = new HashSet<>();
    Optional<String> at = Optional.of(from);
    while (at.isPresent()) {
      String id = at.get();
      if (!seen.add(id)) return Optional.of("layer %s is its own ancestor".formatted(id));
      Layer layer = layers.get(id);
      if (layer == null) return Optional.of("layer %s is a parent and is missing".formatted(id));
      at = layer.parent();
    }
    return Optional.empty();
  }
}
