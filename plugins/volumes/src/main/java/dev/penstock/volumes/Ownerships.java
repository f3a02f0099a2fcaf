package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.Finding.Weight;
import dev.penstock.spi.volume.VolumeName;
import dev.penstock.spi.volume.VolumeStore.Verifying;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.OwnershipFormat;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The records of who owns which volume, each a file that nothing which is done to volumes touches.
 * All are in memory; one is changed there once it is durable.
 *
 * <p><b>Threads.</b> Any; what is read waits for nobody. <b>Errors.</b> As of {@link Catalogue},
 * which changes are made through. A record that cannot be read, or of which nobody knows what a
 * power cut would leave, is {@link GatewayError.Damaged} until the store is opened anew: never the
 * old one, and never none.
 */
final class Ownerships {
  private final Disk disk;
  private final Catalogue catalogue;
  private final Map<String, Ownership> known;
  private final Map<String, String> unreadable; // by volume, why; stands before what is known

  Ownerships(Disk disk, Catalogue catalogue, FoundOwnerships found) {
    this.disk = disk;
    this.catalogue = catalogue;
    this.known = new ConcurrentHashMap<>(found.known());
    this.unreadable = new ConcurrentHashMap<>(found.unreadable());
  }

  Set<String> names() {
    Set<String> names = new HashSet<>(known.keySet());
    names.addAll(unreadable.keySet());
    return names;
  }

  Optional<Ownership> find(String volume) {
    requireReadable(volume);
    return Optional.ofNullable(known.get(volume));
  }

  void requireReadable(String volume) {
    String why = unreadable.get(volume);
    if (why != null) throw new GatewayError.Damaged(why);
  }

  /** That the record is still on the disk as it was written. */
  void verify(String volume, Verifying progress) {
    trouble(volume).ifPresent(why -> progress.found(new Finding(Weight.DAMAGE, why)));
  }

  private Optional<String> trouble(String volume) {
    synchronized (catalogue) { // or it might be replaced meanwhile
      Ownership written = known.get(volume);
      if (written == null) return Optional.empty();
      String path = Layout.ownershipOf(volume);
      String file = disk.called(path);
      try {
        Ownership found = OwnershipFormat.decode(file, volume, catalogue.files().read(path));
        if (found.equals(written)) return Optional.empty();
        return Optional.of("%s is not what was written".formatted(file));
      } catch (GatewayError e) {
        return Optional.of(e.what());
      }
    }
  }

  void keep(String volume, Ownership ownership) {
    VolumeName.require(volume);
    change(
        volume,
        () -> {
          if (ownership.equals(known.get(volume))) return volume;
          if (!disk.exists(Layout.OWNERS)) makeDirectory();
          catalogue.files().commit(volume, ownership);
          known.put(volume, ownership);
          return volume;
        });
  }

  /** Before the first record, and durable before it: a record in it would be lost with it. */
  private void makeDirectory() {
    disk.makeDirectory(Layout.OWNERS);
    catalogue.files().syncDirectory("");
  }

  void forget(String volume) {
    change(
        volume,
        () -> {
          if (!known.containsKey(volume)) return volume;
          disk.unlink(Layout.ownershipOf(volume));
          catalogue.files().syncDirectory(Layout.OWNERS);
          known.remove(volume);
          return volume;
        });
  }

  private void change(String volume, Supplier<String> steps) {
    requireReadable(volume);
    catalogue.changeOf(
        volume,
        () -> {
          requireReadable(volume);
          try {
            return steps.get();
          } catch (GatewayError.Damaged e) {
            unreadable.put(
                volume, "nobody knows who owns volume %s: %s".formatted(volume, e.what()));
            throw e;
          }
        });
  }
}
