package dev.penstock.spi.volume;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * A lease on part of a file that holds a range of a volume, so that it can go to a socket without a
 * copy. <b>Whoever got it closes it</b>, exactly when the kernel is done with the range; closing
 * twice is harmless. While a lease is open its file stays open and keeps its length; its bytes may
 * change under it, as with any read that overlaps a write.
 *
 * <p><b>Threads.</b> Any. {@link #close} never blocks.
 *
 * @since SPI 1.0
 */
public interface FileRegion extends AutoCloseable {
  /** Never to be closed, and its position never to be moved, by the holder of the lease. */
  FileChannel channel();

  /** Bytes from the start of the file. */
  long positionBytes();

  long lengthBytes();

  /**
   * The range as memory, if all of it was there without waiting for a disk when the lease was
   * given: what is sent from it is copied once. Direct, read-only, and <b>not to be touched after
   * {@link #close}</b>, by the kernel neither.
   */
  default Optional<ByteBuffer> memory() {
    return Optional.empty();
  }

  @Override
  void close();
}
