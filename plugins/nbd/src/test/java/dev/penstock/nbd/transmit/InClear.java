package dev.penstock.nbd.transmit;

import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Handshake;
import dev.penstock.nbd.handshake.NewStyle;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.handshake.Tls;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;

/** A place where clients come in that has no TLS. */
public final class InClear implements Entrance {
  @Override
  public String address() {
    return "listener";
  }

  @Override
  public Handshake handshake(Exports exports, Peer peer) {
    return new NewStyle(exports, peer, Tls.ABSENT);
  }

  @Override
  public SslHandler security(ByteBufAllocator buffers) {
    throw new IllegalStateException("there is no TLS");
  }
}
