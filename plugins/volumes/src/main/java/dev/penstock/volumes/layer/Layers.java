package dev.penstock.volumes.layer;

import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The layers of a store, each once: volumes and snapshots share them.
 *
 * <p><b>Threads.</b> Any.
 */
public final class Layers {
  private final Map<String, Layer> byId = new ConcurrentHashMap<>();
  private final Disk disk;
  private final Facilities facilities;
  private final Budget openFiles;
  private final Budget memory;

  /**
   * @param openFiles how many files of layers stay open that nobody uses
   * @param memory bytes, for claims and for who owns what
   */
  public Layers(Disk disk, Facilities facilities, Budget openFiles, Budget memory) {
    this.disk = disk;
    this.facilities = facilities;
    this.openFiles = openFiles;
    this.memory = memory;
  }

  /** A layer that a manifest names. */
  public Layer get(String id, Manifest.Layer described) {
    return byId.computeIfAbsent(id, _ -> layer(id, described));
  }

  private Layer layer(String id, Manifest.Layer described) {
    LayerFile data = new LayerFile(disk, Layout.dataOf(id), facilities.regions(), openFiles);
    return new Layer(id, described.parent().isEmpty(), described.sizeBytes(), disk, data, memory);
  }

  /** A layer and those below it, the newest first. */
  public List<Layer> chain(Manifest manifest, String from) {
    List<Layer> chain = new ArrayList<>();
    for (String id : manifest.chain(from)) chain.add(get(id, manifest.layer(id)));
    return chain;
  }

  public View view(List<Layer> layers, View.Ahead ahead) {
    return new View(layers, ahead, memory, facilities);
  }

  /** No manifest names it any more, durably. Whoever still reads it can. */
  public void retire(String id) {
    Layer layer = byId.remove(id);
    if (layer != null) layer.retire();
  }

  /**
   * Nobody uses the store any more: its files are closed, those that are lent once they are back.
   */
  public void close() {
    byId.values().forEach(Layer::retire);
    byId.clear();
  }
}
