package dev.penstock.nbd.client;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;

/**
 * The one place that reaches through Vert.x to the channel below: its {@code internal} package is
 * no API, and only this class has to change with it.
 */
final class RawChannel {
  // As measured: small for an idle connection, and a whole large write in a few reads.
  private static final int RECEIVE_BYTES_MIN = 4 << 10;
  private static final int RECEIVE_BYTES_FIRST = 64 << 10;
  private static final int RECEIVE_BYTES_MAX = 256 << 10;

  private RawChannel() {}

  /**
   * Puts a handler before Vert.x's own. What it swallows Vert.x never sees: back-pressure and
   * timeouts are the handler's from now on. Comes in the connect handler, before anything is read.
   */
  static void handle(NetSocket socket, ChannelHandler handler) {
    ChannelHandlerContext vertxHandler = ((NetSocketInternal) socket).channelHandlerContext();
    vertxHandler
        .channel()
        .config()
        .setRecvByteBufAllocator(
            new AdaptiveRecvByteBufAllocator(
                RECEIVE_BYTES_MIN, RECEIVE_BYTES_FIRST, RECEIVE_BYTES_MAX));
    vertxHandler.pipeline().addBefore(vertxHandler.name(), "nbd", handler);
  }
}
