package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.VolumeName;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.layer.ClaimFiles;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.Manifest.Layer;
import dev.penstock.volumes.manifest.ManifestFormat;
import dev.penstock.volumes.manifest.SealedJson;
import dev.penstock.volumes.manifest.StoreFiles;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What a store's directories hold, as found when it is opened; looking changes nothing.
 *
 * @param volumes by name
 * @param broken by name, why a volume cannot be used
 * @param tooLong layers whose file is longer than the layer: a resize that did not come to its end
 * @param unnamed volumes that were received, by the name they have, and the one that they get
 * @param orphanFiles files that are not finished, or that a volume no longer needs
 * @param orphanDirectories volumes that were being made or removed
 * @param strangers what nobody knows, and stays
 * @param ownerships the records of who owns which volume
 */
record Findings(
    Map<String, Manifest> volumes,
    Map<String, String> broken,
    Map<String, Layer> tooLong,
    Map<String, String> unnamed,
    List<String> orphanFiles,
    List<String> orphanDirectories,
    List<String> strangers,
    FoundOwnerships ownerships) {

  /** Looks at everything. */
  static Findings of(Disk disk, Facilities facilities) {
    Search search = new Search(disk, facilities);
    search.volumes();
    search.ownerships();
    search.layers();
    search.files();
    return new Findings(
        search.volumes,
        search.broken,
        search.tooLong,
        search.unnamed,
        search.orphanFiles,
        search.orphanDirectories,
        search.odd,
        search.ownerships);
  }

  private static final class Search {
    private final Disk disk;
    private final Facilities facilities;
    private final StoreFiles files;
    private final FoundOwnerships ownerships;
    private final Map<String, Manifest> volumes = new HashMap<>();
    private final Map<String, String> broken = new TreeMap<>();
    private final Map<UUID, String> nameOfGuid = new HashMap<>();
    private final Map<String, Layer> tooLong = new HashMap<>();
    private final Map<String, Optional<String>> troubleOfLayer = new HashMap<>();
    private final Set<String> needed = new HashSet<>();
    private final Set<String> unneeded = new HashSet<>(); // as far as one manifest knows
    private final Map<String, String> unnamed = new HashMap<>();
    private final List<String> orphanFiles = new ArrayList<>();
    private final List<String> orphanDirectories = new ArrayList<>();
    private final List<String> odd = new ArrayList<>();

    Search(Disk disk, Facilities facilities) {
      this.disk = disk;
      this.facilities = facilities;
      this.files = new StoreFiles(disk);
      this.ownerships = FoundOwnerships.of(disk);
    }

    void volumes() {
      if (disk.exists(Layout.NEW_STORE)) orphanFiles.add(Layout.NEW_STORE);
      for (String name : disk.list(Layout.VOLUMES)) {
        String directory = Layout.volume(name);
        if (Layout.isUnfinished(name)) unfinished(directory);
        else if (Layout.isIncoming(name)) incoming(name, directory);
        else if (VolumeName.objection(name).isPresent()) odd.add(directory);
        else volume(name, directory);
      }
    }

    /** Made before its layers, and removed after them: it tells which they are. */
    private void unfinished(String directory) {
      orphanDirectories.add(directory);
      String path = Layout.manifestIn(directory);
      if (!disk.exists(path)) return;
      try {
        Manifest manifest = ManifestFormat.decode(disk.called(path), files.read(path));
        unneeded.addAll(manifest.layers().keySet());
        unneeded.addAll(manifest.dropped());
        unneeded.add(manifest.next());
      } catch (GatewayError.Damaged | GatewayError.Unsupported _) {
        // Cut off before it was durable: there are no layers yet.
      }
    }

    private void volume(String name, String directory) {
      String unfinished = Layout.newManifestIn(directory);
      if (disk.exists(unfinished)) orphanFiles.add(unfinished);
      String path = Layout.manifestIn(directory);
      if (!disk.exists(path)) {
        broken.put(
            name,
            "%s is missing, and volume %s is there; %s"
                .formatted(disk.called(path), name, SealedJson.RESTORE));
        return;
      }
      try {
        Manifest manifest = ManifestFormat.decode(disk.called(path), files.read(path));
        needed.addAll(manifest.layers().keySet());
        unneeded.addAll(manifest.dropped());
        unneeded.add(manifest.next());
        volumes.put(name, manifest);
        refuseTwin(name, manifest);
      } catch (GatewayError.Damaged | GatewayError.Unsupported | GatewayError.Failed e) {
        broken.put(name, e.what());
      }
    }

    /** What is complete and has its name not yet gets it. */
    private void incoming(String name, String directory) {
      volume(name, directory);
      Manifest manifest = volumes.get(name);
      if (manifest == null || manifest.incoming().isPresent()) return;
      String received = Layout.received(name);
      if (!disk.exists(Layout.volume(received))) unnamed.put(name, received);
    }

    /**
     * Nobody opens, replaces or makes a volume of which it cannot be read who owns it, nor what is
     * being received as one.
     */
    void ownerships() {
      orphanFiles.addAll(ownerships.orphanFiles());
      odd.addAll(ownerships.strangers());
      ownerships
          .unreadable()
          .forEach((name, why) -> {
            broken.putIfAbsent(name, why);
            String incoming = Layout.incomingVolume(name);
            if (volumes.containsKey(incoming)) broken.putIfAbsent(incoming, why);
          });
    }

    private void refuseTwin(String name, Manifest manifest) {
      String twin = nameOfGuid.putIfAbsent(manifest.volume(), name);
      if (twin == null) return;
      String why =
          "volumes %s and %s have the same guid %s: one is a copy; move it out of the store"
              .formatted(twin, name, manifest.volume());
      broken.put(name, why);
      broken.put(twin, why);
    }

    /**
     * What is written goes into a layer only once a manifest names it, durably. So if the one that
     * was to be made next holds something, this manifest is not the newest that there was.
     */
    private void refuseOld(String name, Manifest manifest) {
      String next = manifest.next();
      if (broken.containsKey(name) || !isUsed(next)) return;
      broken.put(
          name,
          "%s holds something, and the manifest of volume %s, which may be an old one, does not name it yet; %s"
              .formatted(disk.called(Layout.dataOf(next)), name, SealedJson.RESTORE));
    }

    private boolean isUsed(String id) {
      if (disk.exists(Layout.mapOf(id))) return true;
      if (facilities.seek() && disk.exists(Layout.dataOf(id)))
        try (DiskFile file = disk.open(Layout.dataOf(id), Opening.EXISTING)) {
          if (file.nextData(0) < file.sizeBytes()) return true;
        } catch (GatewayError.Failed _) { // nobody can say; it is tried to be removed, no more
        }
      if (!disk.exists(Layout.logOf(id))) return false;
      try {
        return !ClaimFiles.read(disk, id).claims().isEmpty();
      } catch (GatewayError _) { // it was being made
        return false;
      }
    }

    void layers() {
      volumes.forEach(this::refuseOld);
      volumes.forEach((name, manifest) ->
          manifest
              .layers()
              .forEach((id, layer) ->
                  troubleOfLayer
                      .computeIfAbsent(id, _ -> trouble(id, longest(id, layer)))
                      .ifPresent(why ->
                          broken.putIfAbsent(
                              name,
                              "%s, and volume %s needs it; %s"
                                  .formatted(why, name, SealedJson.RESTORE)))));
      broken.keySet().forEach(volumes::remove);
    }

    /** A merge lengthens a root in one manifest after the other: a crash comes in between. */
    private Layer longest(String id, Layer one) {
      return volumes.values().stream()
          .map(manifest -> manifest.layers().getOrDefault(id, one))
          .max(Comparator.comparingLong(Layer::sizeBytes))
          .orElse(one);
    }

    /** What is wrong with a layer's files, as far as their presence and length tell. */
    private Optional<String> trouble(String id, Layer layer) {
      String path = Layout.dataOf(id);
      if (!disk.exists(path)) return Optional.of(disk.called(path) + " is missing");
      if (layer.parent().isPresent()
          && !disk.exists(Layout.logOf(id))
          && !disk.exists(Layout.mapOf(id)))
        return Optional.of(disk.called(Layout.logOf(id)) + " is missing");
      try (DiskFile file = disk.open(path, Opening.EXISTING)) {
        long size = file.sizeBytes();
        if (size < layer.sizeBytes())
          return Optional.of(
              "%s is truncated: it has %d bytes of %d"
                  .formatted(disk.called(path), size, layer.sizeBytes()));
        if (size == layer.sizeBytes()) return Optional.empty();
        if (facilities.seek() && file.nextData(layer.sizeBytes()) < size)
          return Optional.of(
              "%s has data after the %d bytes that the manifest, which may be an old one, says"
                  .formatted(disk.called(path), layer.sizeBytes()));
        if (facilities.seek()) tooLong.put(id, layer);
        return Optional.empty();
      } catch (GatewayError.Failed e) {
        return Optional.of(e.what());
      }
    }

    /**
     * A file of a layer that no manifest has is removed if one says that it is not finished or no
     * longer needed; otherwise its volume may have been lost, and it stays. While a manifest cannot
     * be read, nobody knows what it needs.
     */
    void files() {
      for (String file : disk.list(Layout.LAYERS)) {
        String path = Layout.layers(file);
        Optional<String> layer = Layout.layerOf(file);
        if (Layout.isAside(file)) continue;
        if (layer.isEmpty()) odd.add(path);
        else if (Layout.isNewMap(file)) orphanFiles.add(path);
        else if (!needed.contains(layer.get()) && broken.isEmpty()) {
          if (unneeded.contains(layer.get())) orphanFiles.add(path);
          else odd.add(path);
        }
      }
      if (!broken.isEmpty()) orphanDirectories.clear();
    }
  }
}
