package dev.penstock.spi.stream;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A snapshot as it is sent: what differs from {@code from}, in the order of its offsets.
 *
 * <p><b>Lifecycle.</b> {@link #next} until it is empty, then {@link #close}. <b>Threads.</b> One at
 * a time; calls block. <b>Errors.</b> As of {@link dev.penstock.spi.volume.Volume#read}.
 *
 * @since SPI 1.0
 */
public interface BlockSource extends AutoCloseable {
  /** A part of the volume. */
  sealed interface Piece {
    long offset();

    long lengthBytes();
  }

  /** Bytes: those in the buffer. */
  record Data(long offset, long lengthBytes) implements Piece {}

  /** Zeroes, of any length. */
  record Zero(long offset, long lengthBytes) implements Piece {}

  StreamHeader header();

  /**
   * The next part; its bytes, if it has any, are in {@code buffer}, flipped.
   *
   * @return empty at the end
   */
  Optional<Piece> next(ByteBuffer buffer);

  @Override
  void close();
}
