package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.ProtocolError;
import io.netty.buffer.ByteBuf;

/**
 * How a client and a server begin: from the first byte that is sent to the first request.
 *
 * <p><b>Lifecycle.</b> One per connection: {@link #step} as soon as it stands, then again as {@link
 * Decision} says. <b>Threads.</b> The connection's event loop only. <b>Errors.</b> {@link
 * ProtocolError} ends the connection; what a client merely asks wrongly is answered, and the
 * negotiation goes on.
 */
public sealed interface Handshake permits NewStyle, OldStyle {
  /**
   * Consumes at most one message of the client and writes what is said to it. The first step
   * greets, and needs nothing received for that. To be called again after {@link
   * Decision.Answered}, after {@link Decision.Continue} once more has arrived, and after {@link
   * Decision.Wait} once that is over; sooner is harmless.
   *
   * @throws ProtocolError if what came is no negotiation
   */
  Decision step(ByteBuf in, ByteBuf out);

  /**
   * Goes on inside TLS, after {@link Decision.StartTls}. All that was negotiated in clear is
   * forgotten.
   *
   * @param peer as TLS knows it
   */
  void secured(Peer peer);
}
