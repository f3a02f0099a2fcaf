package dev.penstock.volumes;

import dev.penstock.volumes.claim.ClaimLog;
import dev.penstock.volumes.manifest.Manifest;
import java.util.HashMap;
import java.util.Map;

/**
 * Layers that are made before a snapshot needs them, so that nobody who writes waits for it. Each
 * has the id that its volume's manifest says is next; one that no snapshot has used is removed when
 * the store is opened.
 *
 * <p><b>Threads.</b> Any; within a change of the {@link Catalogue}, but for {@link #close}.
 */
final class NextLayers implements AutoCloseable {
  private record Prepared(ClaimLog log, long sizeBytes) {}

  private final LayerCreation creation;
  private final Map<String, Prepared> prepared = new HashMap<>();

  NextLayers(LayerCreation creation) {
    this.creation = creation;
  }

  synchronized boolean isPrepared(Manifest manifest) {
    Prepared there = prepared.get(manifest.next());
    return there != null && there.sizeBytes() == manifest.sizeBytes();
  }

  synchronized void prepare(Manifest manifest) {
    if (isPrepared(manifest)) return;
    forget(manifest.next());
    ClaimLog log = creation.claiming(manifest.next(), manifest.sizeBytes());
    prepared.put(manifest.next(), new Prepared(log, manifest.sizeBytes()));
  }

  /** The log of the next layer, which is made now if it was not; it is the caller's to close. */
  synchronized ClaimLog take(Manifest manifest) {
    Prepared there = prepared.get(manifest.next());
    if (there != null && there.sizeBytes() == manifest.sizeBytes()) {
      prepared.remove(manifest.next());
      return there.log();
    }
    forget(manifest.next());
    return creation.claiming(manifest.next(), manifest.sizeBytes());
  }

  /** Its files are made anew, or removed. */
  synchronized void forget(String id) {
    Prepared there = prepared.remove(id);
    if (there != null) there.log().close();
  }

  @Override
  public synchronized void close() {
    prepared.values().forEach(its -> its.log().close());
    prepared.clear();
  }
}
