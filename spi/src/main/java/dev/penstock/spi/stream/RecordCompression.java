package dev.penstock.spi.stream;

import java.nio.ByteBuffer;

/**
 * How the data of a record is made smaller on its way. The SPI brings none: whoever encodes and
 * decodes does, and both ends have to have the same one.
 *
 * <p><b>Threads.</b> One call at a time for each encoder and decoder. Buffers are on the heap or
 * not; those of a call need not be alike.
 *
 * @since SPI 1.0
 */
public interface RecordCompression {
  /** What {@link #id} says for zstd. */
  int ZSTD = 1;

  /**
   * What the header of a stream says that was made with this: 1 to 255. Below 128 Penstock gives
   * them out; the others are free for whoever is at both ends.
   */
  int id();

  /**
   * Compresses all of {@code source} to where {@code target} stands.
   *
   * @return false if it does not fit: the record then goes as it is, and what is in {@code target}
   *     is of no matter
   */
  boolean compress(ByteBuffer source, ByteBuffer target);

  /**
   * Fills {@code target} up to its limit from all of {@code source}. Whatever is in {@code source},
   * it writes no further; {@link dev.penstock.spi.GatewayError.Damaged} for what is too much, too
   * little, or nothing that was compressed.
   */
  void decompress(ByteBuffer source, ByteBuffer target);
}
