package dev.penstock.nbd.transmit;

import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Handshake;
import dev.penstock.nbd.handshake.Peer;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;

/** Where a connection came in, and what that place knows. On the connection's event loop. */
public interface Entrance {
  /** Its address, for people. */
  String address();

  /** A negotiation with somebody who came in here. */
  Handshake handshake(Exports exports, Peer peer);

  /** What encrypts one connection, with the certificate that is in force now. */
  SslHandler security(ByteBufAllocator buffers);
}
