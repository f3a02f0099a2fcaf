package dev.penstock.spi.stream;

import java.nio.ByteBuffer;

/**
 * Takes what a {@link BlockStreamDecoder} finds: a header, parts in the order of their offsets, an
 * end. Each has been checked before it comes; what a sink throws ends the stream.
 *
 * @since SPI 1.0
 */
public interface BlockStreamSink {
  void header(StreamHeader header);

  /** The bytes are the sink's until it returns. */
  void data(long offset, ByteBuffer bytes);

  void zero(long offset, long lengthBytes);

  /** All of it has come, and is what was sent. */
  void end();
}
