package dev.penstock.volumes.layer;

import dev.penstock.spi.volume.FileRegion;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.FileMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file that is lent to sockets, as a channel and as memory. It stays open until the volume and
 * every lease have let go of it: whatever the socket has not taken yet is still there, even if the
 * volume was removed.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
final class Regions {
  private final FileChannel channel;
  private final Optional<FileMemory> memory;
  private final AtomicInteger holders = new AtomicInteger(1); // the volume

  private Regions(FileChannel channel, Optional<FileMemory> memory) {
    this.channel = channel;
    this.memory = memory;
  }

  /** Empty if the file cannot be lent. */
  static Optional<Regions> of(DiskFile file) {
    return file.openChannel().map(channel -> of(channel, file));
  }

  private static Regions of(FileChannel channel, DiskFile file) {
    try {
      return new Regions(channel, file.openMemory());
    } catch (RuntimeException e) {
      close(channel);
      throw e;
    }
  }

  /**
   * The range as leases. Empty if the channel has closed itself, which a channel does when a thread
   * that reads from it is interrupted.
   */
  List<FileRegion> lease(long positionBytes, long lengthBytes) {
    if (!channel.isOpen()) return List.of();
    List<FileRegion> leases = new ArrayList<>(1);
    long end = positionBytes + lengthBytes;
    long at = positionBytes;
    try {
      while (at < end && hold()) {
        Lease lease = new Lease(at, Math.min(end - at, toTheEndOfTheWindow(at)));
        leases.add(lease);
        lease.show();
        at += lease.lengthBytes;
      }
      return at == end ? leases : List.of();
    } finally {
      if (at < end) leases.forEach(FileRegion::close);
    }
  }

  private long toTheEndOfTheWindow(long at) {
    return memory.map(m -> m.windowBytes() - at % m.windowBytes()).orElse(Long.MAX_VALUE);
  }

  private boolean hold() {
    return holders.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
  }

  /** Once by the volume, once by each lease. */
  void release() {
    if (holders.decrementAndGet() > 0) return;
    memory.ifPresent(FileMemory::close);
    close(channel);
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException _) {
      // it was only read from
    }
  }

  private final class Lease implements FileRegion {
    private final AtomicBoolean closed = new AtomicBoolean();
    private final long positionBytes;
    private final long lengthBytes;
    private Optional<FileMemory.Span> span = Optional.empty();

    Lease(long positionBytes, long lengthBytes) {
      this.positionBytes = positionBytes;
      this.lengthBytes = lengthBytes;
    }

    private void show() {
      span = memory.flatMap(m -> m.now(positionBytes, (int) lengthBytes));
    }

    @Override
    public FileChannel channel() {
      return channel;
    }

    @Override
    public long positionBytes() {
      return positionBytes;
    }

    @Override
    public long lengthBytes() {
      return lengthBytes;
    }

    @Override
    public Optional<ByteBuffer> memory() {
      return span.map(FileMemory.Span::bytes);
    }

    @Override
    public void close() {
      if (!closed.compareAndSet(false, true)) return;
      span.ifPresent(FileMemory.Span::close);
      release();
    }
  }
}
