package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.p2p.disk.LinuxDisk;
import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.p2p.disk.Stat;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A disk that a process has lost at some moment: from then on each call fails and changes nothing.
 */
final class CutDisk implements Disk {
  private final LinuxDisk disk = new LinuxDisk();
  private final AtomicInteger left;

  /**
   * @param changes that are still made
   */
  CutDisk(int changes) {
    left = new AtomicInteger(changes);
  }

  boolean isCut() {
    return left.get() < 0;
  }

  private void change() {
    if (left.decrementAndGet() < 0) throw cut();
  }

  private void look() {
    if (isCut()) throw cut();
  }

  private static GatewayError cut() {
    return new GatewayError.Failed(Scope.RESOURCE, "the process has ended");
  }

  @Override
  public Optional<Stat> stat(RawPath path) {
    look();
    return disk.stat(path);
  }

  @Override
  public Optional<OpenFile> open(RawPath path, Opening how) {
    if (how == Opening.READ) look();
    else change();
    return disk.open(path, how);
  }

  @Override
  public boolean makeDirectory(RawPath path) {
    change();
    return disk.makeDirectory(path);
  }

  @Override
  public void rename(RawPath from, RawPath to) {
    change();
    disk.rename(from, to);
  }

  @Override
  public boolean unlink(RawPath path) {
    change();
    return disk.unlink(path);
  }

  @Override
  public boolean removeDirectory(RawPath path) {
    change();
    return disk.removeDirectory(path);
  }

  @Override
  public void mode(RawPath path, int mode) {
    change();
    disk.mode(path, mode);
  }

  @Override
  public void sync(FileChannel file, RawPath path) {
    change();
    disk.sync(file, path);
  }

  @Override
  public void syncDirectory(RawPath path) {
    change();
    disk.syncDirectory(path);
  }

  @Override
  public List<String> list(RawPath directory) {
    look();
    return disk.list(directory);
  }
}
