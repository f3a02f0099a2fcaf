package dev.penstock.replication.flow;

import java.nio.ByteBuffer;

/**
 * A snapshot as it comes in.
 *
 * <p><b>Lifecycle.</b> {@link #take} for all bytes of its stream, {@link #complete}, {@link
 * #close}: which keeps what is durable, so that it can go on later, unless it is complete.
 * <b>Threads.</b> The one of the task that moves them; it waits. <b>Errors.</b> Of whoever
 * receives.
 */
public interface Arrival extends AutoCloseable {
  /** Takes all of them; they are not changed until the next call has returned. */
  void take(ByteBuffer bytes) throws InterruptedException;

  /** How far in the volume the stream is, as far as can be told on this side; 0 if it cannot. */
  long position();

  /**
   * All of it was given: on return the snapshot is there, durably, and what it follows is still
   * anchored beside it.
   */
  void complete() throws InterruptedException;

  @Override
  void close();
}
