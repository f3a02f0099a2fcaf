package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.OwnershipFormat;
import dev.penstock.volumes.manifest.StoreFiles;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The records of who owns which volume, as found when the store is opened; looking changes nothing.
 *
 * @param known by volume
 * @param unreadable by volume, why its record cannot be read
 * @param orphanFiles records that were being written
 * @param strangers what is no record, and stays
 */
record FoundOwnerships(
    Map<String, Ownership> known,
    Map<String, String> unreadable,
    List<String> orphanFiles,
    List<String> strangers) {

  /** {@link GatewayError.Failed} if nobody can say of which volumes there are records. */
  static FoundOwnerships of(Disk disk) {
    FoundOwnerships found =
        new FoundOwnerships(new HashMap<>(), new TreeMap<>(), new ArrayList<>(), new ArrayList<>());
    if (disk.exists(Layout.OWNERS))
      for (String file : disk.list(Layout.OWNERS)) found.look(disk, file);
    return found;
  }

  private void look(Disk disk, String file) {
    Optional<String> volume = Layout.volumeOfOwnership(file);
    if (volume.isPresent()) read(disk, volume.get());
    else if (Layout.isNewOwnership(file)) orphanFiles.add(Layout.owners(file));
    else strangers.add(Layout.owners(file));
  }

  private void read(Disk disk, String volume) {
    String path = Layout.ownershipOf(volume);
    try {
      byte[] bytes = new StoreFiles(disk).read(path);
      known.put(volume, OwnershipFormat.decode(disk.called(path), volume, bytes));
    } catch (GatewayError.Damaged | GatewayError.Unsupported | GatewayError.Failed e) {
      unreadable.put(volume, "nobody knows who owns volume %s: %s".formatted(volume, e.what()));
    }
  }
}
