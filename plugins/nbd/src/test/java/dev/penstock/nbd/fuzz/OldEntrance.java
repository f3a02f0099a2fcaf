package dev.penstock.nbd.fuzz;

import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Handshake;
import dev.penstock.nbd.handshake.OldStyle;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.transmit.Entrance;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;

/** A place where clients get an export without a word. */
final class OldEntrance implements Entrance {
  @Override
  public String address() {
    return "listener";
  }

  @Override
  public Handshake handshake(Exports exports, Peer peer) {
    return new OldStyle(exports, peer, "demo");
  }

  @Override
  public SslHandler security(ByteBufAllocator buffers) {
    throw new IllegalStateException("there is no TLS");
  }
}
