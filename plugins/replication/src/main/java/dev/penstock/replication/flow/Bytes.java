package dev.penstock.replication.flow;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The bytes of a block stream, as they are asked for.
 *
 * <p><b>Lifecycle.</b> {@link #next} until it is empty, {@link #spent} if all went well, then
 * {@link #close}. <b>Threads.</b> The one of the task that moves them; it waits.
 */
public interface Bytes extends AutoCloseable {
  /**
   * The next ones, cut anywhere. They stay as they are until the call after the next one: while one
   * piece is taken, another is fetched.
   *
   * @return empty at the end of the stream
   */
  Optional<ByteBuffer> next() throws InterruptedException;

  /** How far in the volume the stream is, as far as can be told on this side; 0 if it cannot. */
  long position();

  /** Nobody uses any bytes that came from here. Without this their memory is not used again. */
  void spent();

  @Override
  void close();
}
