package dev.penstock.p2p.socket;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * The bodies that come by a connection of a client, in the order of its requests.
 *
 * <p><b>Lifecycle.</b> That of the connection. <b>Threads.</b> Its event loop.
 */
public final class RawBodies extends ChannelInboundHandlerAdapter {
  /** For codecs: more than is read at once, so that it is not cut again. */
  public static final int CHUNK_BYTES_MAX = 1 << 20;

  /** Large bodies cost fewer calls and fewer pieces than with the usual 64 KiB. */
  private static final int READ_BYTES_MAX = 256 << 10;

  private static final int READ_BYTES_MIN = 64;
  private static final int READ_BYTES_FIRST = 2048;

  private final Channel channel;

  /** Of requests that Vert.x has not handed out yet. */
  private final Deque<RawBody> waiting = new ArrayDeque<>();

  private RawBody coming;

  private RawBodies(Channel channel) {
    this.channel = channel;
    this.coming = new RawBody(channel);
  }

  /** Where a connection begins. */
  public static void of(HttpConnection connection) {
    ChannelHandlerContext vertx = ((HttpServerConnection) connection).channelHandlerContext();
    Channel channel = vertx.channel();
    channel
        .config()
        .setRecvByteBufAllocator(
            new AdaptiveRecvByteBufAllocator(READ_BYTES_MIN, READ_BYTES_FIRST, READ_BYTES_MAX));
    channel.pipeline().addBefore(vertx.name(), RawBodies.class.getName(), new RawBodies(channel));
  }

  /** Of the next request: once for each, when it comes. */
  public static RawBody next(HttpConnection connection) {
    ChannelHandlerContext vertx = ((HttpServerConnection) connection).channelHandlerContext();
    return Optional.ofNullable(vertx.pipeline().get(RawBodies.class))
        .flatMap(bodies -> Optional.ofNullable(bodies.waiting.poll()))
        .orElseGet(() -> new RawBody(vertx.channel())); // the connection is gone
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest) {
      coming = new RawBody(channel);
      waiting.add(coming);
    }
    if (message instanceof LastHttpContent) coming.ends();
    context.fireChannelRead(
        message instanceof HttpContent content ? coming.passing(content) : message);
  }
}
