package dev.penstock.p2p.socket;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpClientConnectionInternal;
import io.vertx.core.http.impl.HttpServerConnection;

/** What of a connection's socket Vert.x does not show. On the connection's event loop. */
public final class RawSocket {
  private RawSocket() {}

  /** Where Vert.x handles what comes. */
  static ChannelHandlerContext context(HttpConnection connection) {
    return switch (connection) {
      case HttpServerConnection server -> server.channelHandlerContext();
      case HttpClientConnectionInternal client -> client.channelHandlerContext();
      default -> throw new IllegalArgumentException("not of Vert.x: " + connection);
    };
  }

  /**
   * How far it has got with what it was given: a number that changes with every byte that leaves.
   * Vert.x tells when a whole piece is through, and a piece of a file is a MiB, which takes a slow
   * link minutes.
   */
  public static long progress(HttpConnection connection) {
    if (!(connection instanceof HttpServerConnection server)) return 0;
    ChannelOutboundBuffer waiting =
        server.channelHandlerContext().channel().unsafe().outboundBuffer();
    if (waiting == null) return -1; // closed
    long piece = System.identityHashCode(waiting.current());
    return (piece * 31 + waiting.totalPendingWriteBytes()) * 31 + waiting.currentProgress();
  }

  /** Ends it now. Vert.x would send first what the other side does not read. */
  public static void cut(HttpConnection connection) {
    if (connection instanceof HttpServerConnection server) {
      ChannelFuture _ = server.channelHandlerContext().close();
    } else {
      connection.close();
    }
  }
}
