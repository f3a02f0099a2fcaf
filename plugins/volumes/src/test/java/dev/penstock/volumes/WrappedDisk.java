package dev.penstock.volumes;

import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.Facilities;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Optional;

/** A disk that does what another does, but for what a test overrides. */
class WrappedDisk implements Disk {
  final Disk disk;

  WrappedDisk(Disk disk) {
    this.disk = disk;
  }

  /** What an open file does. */
  DiskFile file(String path, DiskFile file) {
    return new WrappedFile(path, file);
  }

  /** A file that does what another does, but for what a test overrides. */
  static class WrappedFile implements DiskFile {
    final String path;
    final DiskFile file;

    WrappedFile(String path, DiskFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public long sizeBytes() {
      return file.sizeBytes();
    }

    @Override
    public long allocatedBytes() {
      return file.allocatedBytes();
    }

    @Override
    public void read(long offset, ByteBuffer target) {
      file.read(offset, target);
    }

    @Override
    public int readNow(long offset, ByteBuffer target) {
      return file.readNow(offset, target);
    }

    @Override
    public void write(long offset, ByteBuffer source) {
      file.write(offset, source);
    }

    @Override
    public void writeDurably(long offset, ByteBuffer source) {
      file.writeDurably(offset, source);
    }

    @Override
    public void truncate(long sizeBytes) {
      file.truncate(sizeBytes);
    }

    @Override
    public void punch(long offset, long lengthBytes) {
      file.punch(offset, lengthBytes);
    }

    @Override
    public void zeroRange(long offset, long lengthBytes) {
      file.zeroRange(offset, lengthBytes);
    }

    @Override
    public void dataSync() {
      file.dataSync();
    }

    @Override
    public void sync() {
      file.sync();
    }

    @Override
    public long nextData(long from) {
      return file.nextData(from);
    }

    @Override
    public long nextHole(long from) {
      return file.nextHole(from);
    }

    @Override
    public Optional<Span> nextReserved(long from, long to) {
      return file.nextReserved(from, to);
    }

    @Override
    public void willNeed(long offset, long lengthBytes) {
      file.willNeed(offset, lengthBytes);
    }

    @Override
    public Optional<FileChannel> openChannel() {
      return file.openChannel();
    }

    @Override
    public boolean tryLock() {
      return file.tryLock();
    }

    @Override
    public Facilities probe() {
      return file.probe();
    }

    @Override
    public void close() {
      file.close();
    }
  }

  @Override
  public DiskFile open(String path, Opening how) {
    return file(path, disk.open(path, how));
  }

  @Override
  public String called(String path) {
    return disk.called(path);
  }

  @Override
  public boolean exists(String path) {
    return disk.exists(path);
  }

  @Override
  public List<String> list(String directory) {
    return disk.list(directory);
  }

  @Override
  public void makeDirectory(String path) {
    disk.makeDirectory(path);
  }

  @Override
  public void rename(String from, String to) {
    disk.rename(from, to);
  }

  @Override
  public void unlink(String path) {
    disk.unlink(path);
  }

  @Override
  public void removeDirectory(String path) {
    disk.removeDirectory(path);
  }

  @Override
  public void syncDirectory(String path) {
    disk.syncDirectory(path);
  }

  @Override
  public long freeBytes() {
    return disk.freeBytes();
  }
}
