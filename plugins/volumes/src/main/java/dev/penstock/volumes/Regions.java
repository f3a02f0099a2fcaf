package dev.penstock.volumes;

import dev.penstock.spi.volume.FileRegion;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A channel that is lent to sockets. It stays open until the volume and every lease have let go of
 * it: whatever the socket has not taken yet is still there, even if the volume was removed.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
final class Regions {
  private final FileChannel channel;
  private final AtomicInteger holders = new AtomicInteger(1); // the volume

  Regions(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * The range as one lease. Empty if the channel has closed itself, which a channel does when a
   * thread that reads from it is interrupted.
   */
  List<FileRegion> lease(long positionBytes, long lengthBytes) {
    if (!channel.isOpen()) return List.of();
    int before = holders.getAndUpdate(n -> n == 0 ? 0 : n + 1);
    return before == 0 ? List.of() : List.of(new Lease(positionBytes, lengthBytes));
  }

  /** Once by the volume, once by each lease. */
  void release() {
    if (holders.decrementAndGet() > 0) return;
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

    Lease(long positionBytes, long lengthBytes) {
      this.positionBytes = positionBytes;
      this.lengthBytes = lengthBytes;
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
    public void close() {
      if (closed.compareAndSet(false, true)) release();
    }
  }
}
