package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.Finding.Weight;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.manifest.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What nobody could explain when the store was opened, and what is done about it: nothing, but for
 * a layer that an operator names. Its files get names beside their old ones that no layer has, so
 * that it can be brought back by renaming them; nothing is unlinked.
 *
 * <p>What can be explained is not among them: that was removed when the store was opened.
 */
final class Leftovers {
  private static final Logger log = LoggerFactory.getLogger(Leftovers.class);

  private final Disk disk;
  private final Catalogue catalogue;
  private final List<String> strangers;

  /**
   * @param strangers paths of what belongs to no volume: nobody will make a layer of such an id
   *     again
   */
  Leftovers(Disk disk, Catalogue catalogue, List<String> strangers) {
    this.disk = disk;
    this.catalogue = catalogue;
    this.strangers = List.copyOf(strangers);
  }

  List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    layers()
        .forEach(
            (layer, files) -> findings.add(new Finding(Weight.ODD, unexplained(layer, files))));
    for (String path : strangers)
      if (layerOf(path).isEmpty() && disk.exists(path))
        findings.add(
            new Finding(
                Weight.ODD,
                "%s is nothing that a store makes; left alone".formatted(disk.called(path))));
    return findings;
  }

  private static Optional<String> layerOf(String path) {
    return Layout.layerOf(path.substring(path.lastIndexOf('/') + 1));
  }

  /** The files that are still there, by layer. */
  private Map<String, List<String>> layers() {
    Map<String, List<String>> layers = new TreeMap<>();
    for (String path : strangers)
      layerOf(path)
          .filter(_ -> disk.exists(path))
          .ifPresent(layer -> layers.computeIfAbsent(layer, _ -> new ArrayList<>()).add(path));
    return layers;
  }

  private String unexplained(String layer, List<String> files) {
    return "layer %s takes %d bytes, and no manifest names it: its volume's directory may have been lost, and can be brought back from a backup; left alone, unless it is named to be moved aside"
        .formatted(layer, files.stream().mapToLong(this::storedBytes).sum());
  }

  private long storedBytes(String path) {
    try (DiskFile file = disk.open(path, Opening.EXISTING)) {
      return file.allocatedBytes();
    }
  }

  /**
   * Of a crash in here the next call, or none, ends the rest: each file has the one name or the
   * other.
   */
  List<Finding> moveAside(String layer, boolean apply) {
    return catalogue.change(() -> {
      List<String> files = layers().getOrDefault(layer, List.of());
      if (files.isEmpty())
        throw new GatewayError.NotFound(
            "there is no layer %s that no manifest names".formatted(layer));
      catalogue.requireNoneBroken("layer " + layer);
      List<Finding> findings = new ArrayList<>();
      for (String path : files) {
        if (apply) disk.rename(path, Layout.aside(path));
        findings.add(
            new Finding(
                Weight.ODD,
                "%s, which no manifest names, %s %s"
                    .formatted(
                        disk.called(path),
                        apply ? "was renamed to" : "would be renamed to",
                        disk.called(Layout.aside(path)))));
      }
      if (apply) {
        catalogue.files().syncDirectory(Layout.LAYERS);
        log.atInfo().addKeyValue("layer", layer).log("moved aside");
      }
      return findings;
    });
  }
}
