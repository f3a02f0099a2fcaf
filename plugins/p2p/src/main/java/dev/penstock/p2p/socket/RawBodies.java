package dev.penstock.p2p.socket;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.HttpConnection;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * The bodies that come by a connection of a client, in the order of its requests.
 *
 * <p><b>Lifecycle.</b> That of the connection. <b>Threads.</b> Its event loop.
 */
public final class RawBodies extends ChannelInboundHandlerAdapter {
  private final ReadWindow window;

  /** Of requests that Vert.x has not handed out yet. */
  private final Deque<RawBody> waiting = new ArrayDeque<>();

  private RawBody coming;

  private RawBodies(ReadWindow window) {
    this.window = window;
    this.coming = new RawBody(window);
  }

  /** Where a connection begins. */
  public static void attach(HttpConnection connection) {
    ReadWindow window = ReadWindow.attach(connection);
    ChannelHandlerContext vertx = RawSocket.context(connection);
    vertx.pipeline().addBefore(vertx.name(), RawBodies.class.getName(), new RawBodies(window));
  }

  /** Of the next request: once for each, when it comes. */
  public static RawBody next(HttpConnection connection) {
    ChannelHandlerContext vertx = RawSocket.context(connection);
    return Optional.ofNullable(vertx.pipeline().get(RawBodies.class))
        .flatMap(bodies -> Optional.ofNullable(bodies.waiting.poll()))
        .orElseGet(() -> new RawBody(new ReadWindow(vertx.channel()))); // the connection is gone
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpRequest) {
      window.read(ReadWindow.SMALL_READ_BYTES);
      coming = new RawBody(window);
      waiting.add(coming);
    }
    Object passing = message instanceof HttpContent content ? coming.passing(content) : message;
    if (message instanceof LastHttpContent) coming.ends();
    context.fireChannelRead(passing);
  }
}
