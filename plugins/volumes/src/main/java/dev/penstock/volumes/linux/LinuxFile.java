package dev.penstock.volumes.linux;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.disk.FileMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/**
 * An open file by its descriptor.
 *
 * <p>Bytes are read and written through the C library too, not through a {@link FileChannel}: a
 * channel closes itself when a thread that is in it is interrupted, and takes the file from
 * everybody else.
 */
final class LinuxFile implements DiskFile {
  private static final int NOT_OPEN = -1;

  /**
   * The kernel caches what one call writes in pieces as large as the call, and on ext4 a later
   * small write costs by the size of the piece that it falls into: 32 µs in 1 MiB, 9 in 256 KiB, 5
   * in 64 KiB. Large writes lose a tenth to the shorter calls.
   */
  private static final int WRITE_BYTES_MAX = 64 << 10;

  private static final int PUNCH = Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE;
  private static final int ZERO = Libc.FALLOC_FL_ZERO_RANGE | Libc.FALLOC_FL_KEEP_SIZE;

  /** A whole block, and more, on every file system we know. */
  private static final long PROBE_BYTES = 64 << 10;

  private final LinuxDisk disk;
  private final ScratchPool pool;
  private final String path;
  private final int fd;

  /**
   * Opened with {@code O_DSYNC} at the first durable write. The kernel tells each descriptor once
   * about a failed write-back: what this one is told, {@link #dataSync} on the other still learns.
   */
  private volatile int durableFd = NOT_OPEN;

  LinuxFile(LinuxDisk disk, ScratchPool pool, String path, int fd) {
    this.disk = disk;
    this.pool = pool;
    this.path = path;
    this.fd = fd;
  }

  @Override
  public long sizeBytes() {
    return FileStatus.of(pool, fd, path).sizeBytes();
  }

  @Override
  public long allocatedBytes() {
    return FileStatus.of(pool, fd, path).allocatedBytes();
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    Scratch scratch = pool.borrow();
    try {
      long at = offset;
      while (target.hasRemaining()) at += readSome(scratch, at, target);
    } finally {
      pool.giveBack(scratch);
    }
  }

  private int readSome(Scratch scratch, long at, ByteBuffer target) {
    MemorySegment into = nativeMemory(scratch, target);
    long count;
    do count = Libc.pread(scratch, fd, into, into.byteSize(), at);
    while (count < 0 && scratch.errno() == Errno.EINTR);
    if (count < 0) throw Errno.error(scratch.errno(), "read at %d of".formatted(at), path);
    if (count == 0)
      throw new GatewayError.Damaged(
          "read at %d of %s: the file ends there; somebody has truncated it".formatted(at, path));
    take(scratch, target, (int) count);
    return (int) count;
  }

  @Override
  public int readNow(long offset, ByteBuffer target) {
    Scratch scratch = pool.borrow();
    try {
      MemorySegment into = nativeMemory(scratch, target);
      scratch.vector(into);
      long count = Libc.preadv2(scratch, fd, offset, Libc.RWF_NOWAIT);
      if (count <= 0) return 0; // whoever comes back to wait is told about errors
      take(scratch, target, (int) count);
      return (int) count;
    } finally {
      Reference.reachabilityFence(target); // the vector held its bare address
      pool.giveBack(scratch);
    }
  }

  /** The buffer's own memory, or the scratch's if the buffer is on the heap. */
  private static MemorySegment nativeMemory(Scratch scratch, ByteBuffer buffer) {
    if (buffer.isDirect()) return MemorySegment.ofBuffer(buffer);
    return scratch.copy().asSlice(0, Math.min(buffer.remaining(), Scratch.COPY_BYTES));
  }

  private static void take(Scratch scratch, ByteBuffer target, int count) {
    if (target.isDirect()) target.position(target.position() + count);
    else target.put(scratch.copy().asSlice(0, count).asByteBuffer());
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    writeTo(fd, WRITE_BYTES_MAX, offset, source);
  }

  @Override
  public void writeDurably(long offset, ByteBuffer source) {
    writeTo(durableFd(), Integer.MAX_VALUE, offset, source); // each call waits for the disk
  }

  private void writeTo(int descriptor, int callBytesMax, long offset, ByteBuffer source) {
    Scratch scratch = pool.borrow();
    try {
      long at = offset;
      while (source.hasRemaining()) {
        at += writeSome(scratch, descriptor, callBytesMax, at, source);
      }
    } finally {
      pool.giveBack(scratch);
    }
  }

  private int writeSome(Scratch scratch, int descriptor, int bytesMax, long at, ByteBuffer source) {
    MemorySegment from = nativeMemory(scratch, source);
    if (!source.isDirect())
      from.asByteBuffer().put(source.duplicate().limit(source.position() + (int) from.byteSize()));
    long count;
    long bytes = Math.min(from.byteSize(), bytesMax);
    do count = Libc.pwrite(scratch, descriptor, from, bytes, at);
    while (count < 0 && scratch.errno() == Errno.EINTR);
    if (count < 0) throw Errno.error(scratch.errno(), "write at %d of".formatted(at), path);
    source.position(source.position() + (int) count);
    return (int) count;
  }

  private int durableFd() {
    int opened = durableFd;
    return opened == NOT_OPEN ? openDurableFd() : opened;
  }

  private synchronized int openDurableFd() {
    if (durableFd == NOT_OPEN) durableFd = disk.openDescriptor(path, Libc.O_RDWR | Libc.O_DSYNC);
    return durableFd;
  }

  @Override
  public void truncate(long sizeBytes) {
    call("resize", scratch -> Libc.ftruncate(scratch, fd, sizeBytes));
  }

  @Override
  public void punch(long offset, long lengthBytes) {
    call("punch", scratch -> Libc.fallocate(scratch, fd, PUNCH, offset, lengthBytes));
  }

  @Override
  public void zeroRange(long offset, long lengthBytes) {
    call("zero", scratch -> Libc.fallocate(scratch, fd, ZERO, offset, lengthBytes));
  }

  @Override
  public void dataSync() {
    call("sync", scratch -> Libc.fdatasync(scratch, fd));
  }

  @Override
  public void sync() {
    call("sync", scratch -> Libc.fsync(scratch, fd));
  }

  @Override
  public long nextData(long from) {
    return seek(from, Libc.SEEK_DATA);
  }

  @Override
  public long nextHole(long from) {
    return seek(from, Libc.SEEK_HOLE);
  }

  /** Moves the descriptor's own offset, which nothing here uses. */
  private long seek(long from, int whence) {
    Scratch scratch = pool.borrow();
    try {
      long found = Libc.lseek(scratch, fd, from, whence);
      if (found >= 0) return found;
      if (scratch.errno() == Errno.ENXIO) return sizeBytes();
      throw Errno.error(scratch.errno(), "seek from %d in".formatted(from), path);
    } finally {
      pool.giveBack(scratch);
    }
  }

  @Override
  public Optional<Span> nextReserved(long from, long to) {
    Scratch scratch = pool.borrow();
    try {
      return FileMap.first(scratch, fd, path, from, to);
    } finally {
      pool.giveBack(scratch);
    }
  }

  @Override
  public void willNeed(long offset, long lengthBytes) {
    Scratch scratch = pool.borrow();
    try {
      int errno = Libc.fadvise(scratch, fd, offset, lengthBytes, Libc.POSIX_FADV_WILLNEED);
      if (errno != 0) throw Errno.error(errno, "read ahead in", path);
    } finally {
      pool.giveBack(scratch);
    }
  }

  @Override
  public void writeSoon(long offset, long lengthBytes) {
    Scratch scratch = pool.borrow();
    try {
      long _ = Libc.syncFileRange(scratch, fd, offset, lengthBytes, Libc.SYNC_FILE_RANGE_WRITE);
    } finally {
      pool.giveBack(scratch);
    }
  }

  @Override
  public Optional<FileChannel> openChannel() {
    try {
      return Optional.of(FileChannel.open(Path.of(path), StandardOpenOption.READ));
    } catch (IOException e) {
      throw new GatewayError.Failed(
          Scope.RESOURCE, "open %s: %s".formatted(path, e.getMessage()), e);
    }
  }

  @Override
  public Optional<FileMemory> openMemory() {
    return Optional.of(new MappedFile(pool, disk.openDescriptor(path, Libc.O_RDWR)));
  }

  @Override
  public boolean tryLock() {
    Scratch scratch = pool.borrow();
    try {
      return FileLock.tryLock(scratch, fd, path);
    } finally {
      pool.giveBack(scratch);
    }
  }

  @Override
  public Facilities probe() {
    Scratch scratch = pool.borrow();
    try {
      long size = sizeBytes();
      long past = (size / PROBE_BYTES + 1) * PROBE_BYTES; // where nothing is
      boolean punch = offers(scratch, s -> Libc.fallocate(s, fd, PUNCH, past, PROBE_BYTES));
      boolean zero =
          punch // else the room could not be given back
              && FileMap.isOffered(scratch, fd)
              && offers(scratch, s -> Libc.fallocate(s, fd, ZERO, past, PROBE_BYTES));
      if (zero) truncate(size); // past the end, only this gives the room back on ext4
      boolean seek = offers(scratch, s -> Libc.lseek(s, fd, 0, Libc.SEEK_DATA));
      scratch.vector(scratch.copy().asSlice(0, 1));
      boolean readNow = offers(scratch, s -> Libc.preadv2(s, fd, 0, Libc.RWF_NOWAIT));
      return new Facilities(punch, zero, seek, readNow, true, true);
    } finally {
      pool.giveBack(scratch);
    }
  }

  /** A full disk, a hole or an empty cache is an answer as well: the call is known. */
  private static boolean offers(Scratch scratch, ToLongFunction<Scratch> call) {
    return call.applyAsLong(scratch) >= 0
        || Errno.noSpace(scratch.errno())
        || scratch.errno() == Errno.ENXIO
        || scratch.errno() == Errno.EAGAIN;
  }

  @Override
  public void close() {
    Scratch scratch = pool.borrow();
    try {
      // Linux frees the descriptor whatever close answers; a failed write-back was for sync to
      // tell.
      if (durableFd != NOT_OPEN) Libc.close(scratch, durableFd);
      Libc.close(scratch, fd);
    } finally {
      pool.giveBack(scratch);
    }
  }

  private void call(String doing, ToIntFunction<Scratch> call) {
    Scratch scratch = pool.borrow();
    try {
      int answer;
      do answer = call.applyAsInt(scratch);
      while (answer < 0 && scratch.errno() == Errno.EINTR);
      if (answer < 0) throw Errno.error(scratch.errno(), doing, path);
    } finally {
      pool.giveBack(scratch);
    }
  }
}
