package dev.penstock.spi.handoff;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;

/**
 * Where a volume is being written to that is no gateway. It has no identity, no digest and no
 * acknowledgement: all that it can be asked for is to take bytes, to make them durable, and to be
 * told that they were all.
 *
 * <pre>
 *   open ─► (write | zero | flush)* ─► commit ─► close
 *     └──────────────┴──────────────────────────► close: given up; the other side is told nothing
 * </pre>
 *
 * <p><b>Threads.</b> Calls may wait and come one at a time; {@link #close} comes from any thread
 * and ends one that waits. <b>Units.</b> Offsets and lengths are bytes.
 *
 * <p><b>Errors.</b> What was given may fail later than the call that gave it: then the next call
 * throws. After the first failure every call throws it again, and only {@link #close} is left.
 * {@link GatewayError.Unavailable} if the connection was lost, or an answer did not come in time;
 * otherwise what the other side answered.
 *
 * @since SPI 1.0
 */
public interface BlockTarget extends AutoCloseable {
  /**
   * Gives bytes to be written there. Returns before they are; waits while too much is under way.
   * Ranges that overlap are put in order by a {@link #flush} between them alone.
   *
   * @param source all of it is taken, and is the caller's again on return
   */
  void write(long offset, ByteBuffer source);

  /** As {@link #write} with zeroes, and they take no room there where that can be had. */
  void zero(long offset, long lengthBytes);

  /** Whether {@link #zero} sends zeroes, byte for byte, as {@link #write} would. */
  default boolean sendsZeroes() {
    return false;
  }

  /** Returns once everything that was given before is there, and durable. */
  void flush();

  /**
   * {@link #flush}, and then says that this was all, as the last thing that is ever said.
   *
   * @return what became of that message
   * @throws GatewayError if it was not sent, and so nobody has acted on it
   */
  Farewell commit();

  /** What is known of the message that all is there, which nobody acknowledges. */
  enum Farewell {
    /** The other side has closed the connection in good order, as one does that has read it. */
    HEARD,
    /** It was sent. Whether it has arrived, nobody here can say. */
    UNSURE
  }

  /** Harmless twice. Without {@link #commit} nothing that was written counts. */
  @Override
  void close();
}
