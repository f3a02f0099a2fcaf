package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.spi.GatewayError;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Puts content that is complete and right where it belongs: all of it or nothing, whenever the
 * process or the machine ends, and durably once it has returned.
 *
 * <p><b>Threads.</b> Any that may block.
 */
final class Storing {
  private static final int UNCHANGEABLE = 0444;

  /** Folders between that of an object and that of all of them. */
  private static final int HASH_LEVELS = 2;

  /** How often other processes may take the folder away, with what they remove from it. */
  private static final int TRIES = 5;

  private final Disk disk;
  private final ObjectFolders folders;

  /** Of the folders that nobody removes, those whose names are known to be durable. */
  private final Set<RawPath> synced = ConcurrentHashMap.newKeySet();

  Storing(Disk disk) {
    this.disk = disk;
    this.folders = new ObjectFolders(disk);
  }

  /**
   * @param places where it may be; it is put at the first
   * @param file {@code from}, open
   */
  void store(RawPath from, OpenFile file, List<ObjectPath> places) {
    disk.mode(from, UNCHANGEABLE);
    disk.sync(file.channel(), from);
    if (isThere(places)) {
      disk.unlink(from); // another one was faster with the same
      return;
    }
    for (int left = TRIES; ; left--)
      try {
        move(from, places.getFirst());
        return;
      } catch (GatewayError.NotFound e) {
        if (left == 0) throw e;
      }
  }

  /**
   * Whether it is at one of these places, and durably: whoever put it there may not have come so
   * far yet as to say so.
   */
  boolean isThere(List<ObjectPath> places) {
    for (ObjectPath place : places)
      if (disk.stat(place.file()).isPresent()) {
        disk.syncDirectory(place.folder());
        syncAbove(place);
        return true;
      }
    return false;
  }

  /**
   * Makes the folder's own name durable, and all above it up to git's: a folder that was there may
   * be of a process that ended before it had synced that.
   */
  private void syncAbove(ObjectPath place) {
    RawPath folder = place.folder();
    for (int level = 0; level <= HASH_LEVELS; level++) {
      folder = folder.parent();
      disk.syncDirectory(folder);
    }
    RawPath annex = folder.parent();
    for (RawPath one : List.of(annex, annex.parent()))
      if (!synced.contains(one)) {
        disk.syncDirectory(one);
        synced.add(one);
      }
  }

  private void move(RawPath from, ObjectPath to) {
    RawPath hashed = to.folder().parent();
    disk.makeDirectories(hashed);
    disk.makeDirectory(to.folder());
    folders.change(
        to.folder(),
        () -> {
          if (disk.stat(from).isPresent()) disk.rename(from, to.file());
          disk.syncDirectory(to.folder());
          return to;
        });
    syncAbove(to);
  }
}
