package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.p2p.disk.Stat;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A disk whose power is cut, or whose process ends, before some change: what was not synced by the
 * time that the power is cut may be lost.
 */
final class PowerCutDisk implements Disk {
  private volatile CutDisk disk;
  private final PageCache cache;

  /**
   * @param folder that everything is in
   * @param changes that are still made
   */
  PowerCutDisk(Path folder, int changes) {
    this.disk = new CutDisk(changes);
    this.cache = new PageCache(folder);
  }

  /** Only the process had ended: the next one finds everything as that one left it. */
  synchronized void processBegins() {
    disk = new CutDisk(Integer.MAX_VALUE);
  }

  boolean isCut() {
    return disk.isCut();
  }

  /** Makes a folder of what is there when the power is back. */
  synchronized void powerOn(PageCache.Survivors how, Path into) {
    cache.survive(how, into);
  }

  @Override
  public Optional<Stat> stat(RawPath path) {
    return disk.stat(path);
  }

  @Override
  public synchronized Optional<OpenFile> open(RawPath path, Opening how) {
    boolean makes = (how == Opening.NEW || how == Opening.EITHER) && disk.stat(path).isEmpty();
    Optional<OpenFile> opened = disk.open(path, how);
    if (makes && opened.isPresent()) cache.made(path);
    return opened;
  }

  @Override
  public synchronized boolean makeDirectory(RawPath path) {
    boolean isNew = disk.makeDirectory(path);
    if (isNew) cache.made(path);
    return isNew;
  }

  @Override
  public synchronized void rename(RawPath from, RawPath to) {
    OptionalLong replaced = cache.number(to);
    disk.rename(from, to);
    cache.gone(replaced);
  }

  @Override
  public synchronized boolean unlink(RawPath path) {
    OptionalLong removed = cache.number(path);
    boolean was = disk.unlink(path);
    cache.gone(removed);
    return was;
  }

  @Override
  public synchronized boolean removeDirectory(RawPath path) {
    OptionalLong removed = cache.number(path);
    boolean isGone = disk.removeDirectory(path);
    if (isGone) cache.gone(removed);
    return isGone;
  }

  @Override
  public synchronized void mode(RawPath path, int mode) {
    disk.mode(path, mode);
  }

  @Override
  public synchronized void sync(FileChannel file, RawPath path) {
    disk.sync(file, path);
    cache.synced(path, file);
  }

  @Override
  public synchronized void syncDirectory(RawPath path) {
    disk.syncDirectory(path);
    cache.syncedNames(path);
  }

  @Override
  public List<String> list(RawPath directory) {
    return disk.list(directory);
  }
}
