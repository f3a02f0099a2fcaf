package dev.penstock.spi.process;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;

/**
 * A program that runs, or has ended.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 *
 * @since SPI 1.0
 */
public interface Child {
  /**
   * What it writes. Nothing is read before there is a handler, nor while it is paused: the child
   * waits then. Ends when the child has closed it.
   */
  ReadStream<Buffer> stdout();

  /** What it reads. A write fails once the child reads no more. {@code end} closes it. */
  WriteStream<Buffer> stdin();

  /** How it ended. Does not fail, and waits for nobody who reads {@link #stdout}. */
  Future<Exit> exited();

  /**
   * Asks it to end, and makes it end if it does not soon; what it has started as well. What it
   * wrote and nobody has taken by then is lost, and {@link #stdout} ends. Harmless twice, and after
   * its end.
   */
  void kill();

  /**
   * How a child ended.
   *
   * @param code 0 for well; of one that was killed, 128 and the number of the signal
   * @param said the last lines that it wrote to its standard error, for messages
   */
  record Exit(int code, String said) {}
}
