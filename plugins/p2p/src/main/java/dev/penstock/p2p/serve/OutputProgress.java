package dev.penstock.p2p.serve;

import io.netty.channel.ChannelOutboundBuffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;

/**
 * How far a socket has got with what it was given. Vert.x tells when a whole piece is through, and a
 * piece of a file is a MiB, which takes a slow link minutes.
 */
final class OutputProgress {
  private OutputProgress() {}

  /** A number that changes with every byte that leaves. On the connection's event loop. */
  static long of(HttpConnection connection) {
    if (!(connection instanceof HttpServerConnection server)) return 0;
    ChannelOutboundBuffer waiting =
        server.channelHandlerContext().channel().unsafe().outboundBuffer();
    if (waiting == null) return -1; // closed
    long piece = System.identityHashCode(waiting.current());
    return (piece * 31 + waiting.totalPendingWriteBytes()) * 31 + waiting.currentProgress();
  }
}
