package dev.penstock.spi.content;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What is stored under a key, from an offset to its end, for one reader. <b>Whoever got it closes
 * it</b>, read to its end or not.
 *
 * <p><b>Threads.</b> The context that asked for it.
 *
 * @since SPI 1.0
 */
public interface Content extends AutoCloseable {
  /** From the offset to the end; 0 if the offset is at the end or behind it. */
  long lengthBytes();

  /**
   * Where the bytes lie, if they lie in a file of this machine, which nobody changes and which
   * stays readable until {@link #close}: so they can go to a socket without a copy.
   */
  default Optional<Stored> file() {
    return Optional.empty();
  }

  /**
   * @param offset in the file, of the first byte
   */
  record Stored(Path path, long offset) {}

  /**
   * The bytes, once; nothing is read before there is a handler, nor while it is paused. It fails if
   * they cannot be read, and gives {@link #lengthBytes} bytes otherwise; or fewer, if whoever sends
   * them marks them so as not {@link #valid}.
   */
  ReadStream<Buffer> bytes();

  /**
   * After the last byte: whether they are what the key stands for, as far as the store can tell.
   * False if the content was changed while it was read. Does not fail.
   */
  default Future<Boolean> valid() {
    return Future.succeededFuture(true);
  }

  /** Gives back whatever it holds, at once. Harmless twice. */
  @Override
  void close();
}
