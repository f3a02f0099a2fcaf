package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.VolumeName;
import dev.penstock.volumes.Manifest.Layer;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What a store's directories hold, as found when it is opened; looking changes nothing.
 *
 * @param volumes by name
 * @param tooLong layers whose file is longer than the layer: a resize that did not come to its end
 * @param orphanFiles files that no manifest needs
 * @param orphanDirectories volumes that were being made or removed
 * @param strangers what is not ours, and stays
 */
record Findings(
    Map<String, Manifest> volumes,
    Map<String, Layer> tooLong,
    List<String> orphanFiles,
    List<String> orphanDirectories,
    List<String> strangers) {

  /** More than these are not worth reading in one message. */
  private static final int PROBLEMS_TOLD = 8;

  /**
   * Looks at everything.
   *
   * <p>{@link GatewayError.Damaged}, or {@link GatewayError.Unsupported} if all that is wrong is a
   * newer format, names every manifest and layer that cannot be trusted.
   */
  static Findings of(Disk disk) {
    Search search = new Search(disk);
    search.volumes();
    search.layers();
    search.refuseProblems();
    return new Findings(
        search.volumes, search.tooLong, search.orphanFiles, search.orphanDirectories, search.odd);
  }

  private static final class Search {
    private final Disk disk;
    private final StoreFiles files;
    private final Map<String, Manifest> volumes = new HashMap<>();
    private final Map<UUID, String> nameOfGuid = new HashMap<>();
    private final Map<String, Layer> tooLong = new HashMap<>();
    private final List<String> orphanFiles = new ArrayList<>();
    private final List<String> orphanDirectories = new ArrayList<>();
    private final List<String> odd = new ArrayList<>();
    private final List<GatewayError> problems = new ArrayList<>();

    Search(Disk disk) {
      this.disk = disk;
      this.files = new StoreFiles(disk);
    }

    void volumes() {
      if (disk.exists(Layout.NEW_STORE)) orphanFiles.add(Layout.NEW_STORE);
      for (String name : disk.list(Layout.VOLUMES)) {
        String directory = Layout.volume(name);
        if (Layout.isUnfinished(name)) orphanDirectories.add(directory);
        else if (VolumeName.objection(name).isPresent()) odd.add(directory);
        else volume(name, directory);
      }
    }

    private void volume(String name, String directory) {
      String path = Layout.manifestIn(directory);
      if (!disk.exists(path)) {
        damaged(
            "%s is missing, and volume %s is there; %s"
                .formatted(disk.called(path), name, SealedJson.RESTORE));
        return;
      }
      try {
        Manifest manifest = ManifestFormat.decode(disk.called(path), files.read(path));
        volumes.put(name, manifest);
        String twin = nameOfGuid.putIfAbsent(manifest.volume(), name);
        if (twin != null)
          damaged(
              "volumes %s and %s have the same guid %s: one is a copy; move it out of the store"
                  .formatted(twin, name, manifest.volume()));
      } catch (GatewayError.Damaged | GatewayError.Unsupported e) {
        problems.add(e);
      }
      String unfinished = Layout.newManifestIn(directory);
      if (disk.exists(unfinished)) orphanFiles.add(unfinished);
    }

    void layers() {
      Set<String> needed = new HashSet<>();
      volumes.forEach((name, manifest) ->
          manifest
              .layers()
              .forEach((id, layer) -> {
                if (needed.add(id)) layer(name, id, layer);
              }));
      for (String file : disk.list(Layout.LAYERS)) {
        if (!Layout.isData(file)) odd.add(Layout.layers(file));
        else if (!needed.contains(Layout.layerOf(file))) orphanFiles.add(Layout.layers(file));
      }
    }

    private void layer(String volume, String id, Layer layer) {
      String path = Layout.dataOf(id);
      if (!disk.exists(path)) {
        damaged(
            "%s is missing, and volume %s needs it; %s"
                .formatted(disk.called(path), volume, SealedJson.RESTORE));
        return;
      }
      long size;
      try (DiskFile file = disk.open(path, Opening.EXISTING)) {
        size = file.sizeBytes();
      }
      if (size > layer.sizeBytes()) tooLong.put(id, layer);
      if (size < layer.sizeBytes())
        damaged(
            "%s is truncated: it has %d bytes, and volume %s needs %d; %s"
                .formatted(disk.called(path), size, volume, layer.sizeBytes(), SealedJson.RESTORE));
    }

    private void damaged(String what) {
      problems.add(new GatewayError.Damaged(what));
    }

    void refuseProblems() {
      if (problems.isEmpty()) return;
      StringBuilder what = new StringBuilder("store " + disk.called("") + " is not opened");
      problems.stream().limit(PROBLEMS_TOLD).forEach(p -> what.append(": ").append(p.what()));
      if (problems.size() > PROBLEMS_TOLD)
        what.append(": and %d more".formatted(problems.size() - PROBLEMS_TOLD));
      if (problems.stream().allMatch(p -> p instanceof GatewayError.Unsupported))
        throw new GatewayError.Unsupported(what.toString());
      throw new GatewayError.Damaged(what.toString());
    }
  }
}
