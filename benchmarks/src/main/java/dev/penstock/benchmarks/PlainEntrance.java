package dev.penstock.benchmarks;

import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Handshake;
import dev.penstock.nbd.handshake.NewStyle;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.handshake.Tls;
import dev.penstock.nbd.transmit.Entrance;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;

/** A place where clients come in that has no TLS. */
final class PlainEntrance implements Entrance {
  @Override
  public String address() {
    return "nowhere";
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
