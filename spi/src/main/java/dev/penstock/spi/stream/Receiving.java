package dev.penstock.spi.stream;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;

/**
 * A snapshot that is being received.
 *
 * <p><b>Lifecycle.</b> The sender goes on from {@link #offset}; {@link #data} and {@link #zero} in
 * the order of their offsets; then {@link #complete}, which makes the snapshot visible, or {@link
 * #close}, which keeps what is durable so that the same snapshot can go on later, or {@link
 * #discard}. Nothing is visible before {@code complete} has returned, and a crash leaves either
 * everything or what {@code close} would have left.
 *
 * <p><b>Threads.</b> One at a time; calls block. <b>Errors.</b> {@link
 * dev.penstock.spi.GatewayError.Invalid} for a part that begins before the end of the one before it
 * or ends past the end of the snapshot, before any byte moves; {@link
 * dev.penstock.spi.GatewayError.Conflict} from {@code complete} if what {@link
 * dev.penstock.spi.volume.SnapshotStore#receive} would refuse has come about meanwhile; otherwise
 * as of {@link dev.penstock.spi.volume.Volume#write}.
 *
 * @since SPI 1.0
 */
public interface Receiving extends AutoCloseable {
  /**
   * Everything before this offset of the volume is here, and durable. Never smaller than before, in
   * this and in the next sitting.
   */
  long offset();

  /** Takes all of {@code source}, which is the caller's again on return. */
  void data(long offset, ByteBuffer source);

  void zero(long offset, long lengthBytes);

  /**
   * All of it has come: the snapshot is there on return, durably, with the guid that the header
   * named.
   */
  void complete();

  /**
   * As {@link #complete()}, and the snapshot is held under the tag from its first moment, in the
   * same commit. The tag stays on the snapshot that this one follows, and goes from every other of
   * the volume.
   */
  default void complete(String tag) {
    throw new GatewayError.Unsupported("this store cannot hold a snapshot from its first moment");
  }

  /** Gives up what was received. */
  void discard();

  /** Leaves off, without a result; harmless after {@link #complete} and {@link #discard}. */
  @Override
  void close();
}
