package dev.penstock.volumes;

import dev.penstock.spi.volume.SnapshotSpace;
import dev.penstock.volumes.claim.Claims;
import dev.penstock.volumes.claim.GrainState;
import dev.penstock.volumes.claim.Grains;
import dev.penstock.volumes.layer.Layer;
import dev.penstock.volumes.layer.Layers;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.Manifest.Snapshot;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How much of the disk each snapshot of a volume takes, told from what layers claim. */
final class Space {
  private final Catalogue catalogue;
  private final Layers layers;
  private final Manifest manifest;
  private final Map<String, Long> dataBytes = new HashMap<>();

  Space(Catalogue catalogue, Manifest manifest) {
    this.catalogue = catalogue;
    this.layers = catalogue.layers();
    this.manifest = manifest;
  }

  SnapshotSpace of(Snapshot snapshot) {
    long uniqueBytes = uniqueBytes(snapshot.layer());
    long shownBytes = manifest.chain(snapshot.layer()).stream().mapToLong(this::dataBytes).sum();
    long sizeBytes = manifest.layer(snapshot.layer()).sizeBytes();
    return new SnapshotSpace(
        snapshot.guid(), uniqueBytes, Math.max(0, Math.min(sizeBytes, shownBytes) - uniqueBytes));
  }

  /** What destroying the only snapshot of a layer gives back: what the next layer hides of it. */
  private long uniqueBytes(String id) {
    long names = manifest.snapshots().values().stream().filter(s -> s.layer().equals(id)).count();
    Set<String> children = children(id);
    if (names > 1 || children.size() > 1) return 0;
    if (children.isEmpty()) return dataBytes(id);
    Layer above = layer(children.iterator().next());
    return hiddenBytes(layer(id), above.claims());
  }

  /** In any volume. */
  private Set<String> children(String id) {
    Set<String> children = new HashSet<>();
    for (Manifest any : catalogue.volumes().values()) children.addAll(any.childrenOf(id));
    return children;
  }

  private Layer layer(String id) {
    return layers.get(id, manifest.layers().getOrDefault(id, described(id)));
  }

  private Manifest.Layer described(String id) {
    return catalogue.volumes().values().stream()
        .flatMap(any -> List.copyOf(any.layers().entrySet()).stream())
        .filter(entry -> entry.getKey().equals(id))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow();
  }

  private long hiddenBytes(Layer layer, Claims above) {
    if (layer.isRoot()) return Math.min(dataBytes(layer.id()), bytesOf(above));
    long[] bytes = {0};
    Claims claims = layer.claims();
    above.forEach(hiding -> {
      claims.forEach(
          hiding.first(),
          hiding.end(),
          hidden -> {
            if (hidden.state() == GrainState.DATA) bytes[0] += hidden.count() * Grains.BYTES;
            return true;
          });
      return true;
    });
    return bytes[0];
  }

  private static long bytesOf(Claims claims) {
    return (claims.count(GrainState.DATA) + claims.count(GrainState.ZERO)) * Grains.BYTES;
  }

  private long dataBytes(String id) {
    return dataBytes.computeIfAbsent(id, _ -> measured(layer(id)));
  }

  private long measured(Layer layer) {
    if (!layer.isRoot()) return layer.claims().count(GrainState.DATA) * Grains.BYTES;
    return catalogue.stored().ofUnwritten(layer.id());
  }
}
