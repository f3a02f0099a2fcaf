package dev.penstock.volumes.disk;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A file as memory, for those who copy it elsewhere.
 *
 * <p><b>Lifecycle.</b> {@link #close} once no {@link Span} is held. <b>Threads.</b> Any; nothing
 * here waits for a disk.
 */
public interface FileMemory extends AutoCloseable {
  /** A part of the file in memory, until it is let go of. Whoever got it closes it, once. */
  interface Span extends AutoCloseable {
    /** Direct and read-only. */
    ByteBuffer bytes();

    @Override
    void close();
  }

  /** The longest range that {@link #now} can answer, and what its offset must not cross. */
  long windowBytes();

  /**
   * The range, if all of it is in memory now.
   *
   * @param offset and the byte before {@code offset + lengthBytes} lie in one window: the offset
   *     divided by {@link #windowBytes} is the same
   */
  Optional<Span> now(long offset, int lengthBytes);

  @Override
  void close();
}
