package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.function.LongSupplier;

/**
 * The end of a connection in good order. Once the last reply is sent, our side of the stream is
 * closed, and what still comes in is thrown away until the client closes its side, or for {@link
 * Limits#FAREWELL}. To close while something is unread would make the kernel send a reset, which
 * takes from the client what it has not read yet: replies, and with them writes that are done.
 *
 * <p><b>Threads.</b> The connection's event loop only.
 */
final class Farewell {
  private final LongSupplier nanoClock;
  private boolean said;
  private long saidNanos;

  Farewell(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /** Ends the stream after everything that was written. */
  void say(ChannelHandlerContext context) {
    context.channel().config().setAutoRead(true); // nothing may stay unread
    context
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(sent -> {
          if (sent.isSuccess() && isTwoSided(context.channel())) endStream(context);
          else close(context);
        });
  }

  /** TLS has a goodbye of its own, which goes before ours, and may have to wait for room. */
  private void endStream(ChannelHandlerContext context) {
    said = true;
    saidNanos = nanoClock.getAsLong();
    SslHandler tls = context.pipeline().get(SslHandler.class);
    if (tls == null) endOutput(context);
    else tls.closeOutbound().addListener(_ -> endOutput(context));
  }

  private static void endOutput(ChannelHandlerContext context) {
    ((DuplexChannel) context.channel())
        .shutdownOutput()
        .addListener(ended -> {
          if (!ended.isSuccess()) close(context);
        });
  }

  private static void close(ChannelHandlerContext context) {
    var _ = context.close();
  }

  /** Whether one side can end and the other one go on, and the client's has not ended yet. */
  private static boolean isTwoSided(Channel channel) {
    return channel instanceof DuplexChannel two && !two.isInputShutdown();
  }

  /** Whether the client has had its time to close. */
  boolean isOver(long nowNanos) {
    return said && nowNanos - saidNanos >= Limits.FAREWELL.toNanos();
  }
}
