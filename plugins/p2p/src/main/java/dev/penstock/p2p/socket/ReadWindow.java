package dev.penstock.p2p.socket;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.HttpConnection;
import java.util.Optional;

/**
 * How much of a body a connection reads before somebody takes it. Vert.x alone reads sixteen pieces
 * ahead of whoever has paused it, which is too much of many that are slow.
 *
 * <p>It counts for the connection and not for a body: one whose end has come may still wait to be
 * taken, and the next one must not wait for that. So an end begins a new count; what is taken of
 * the body before it lets a little more in than the window.
 *
 * <p><b>Lifecycle.</b> That of the connection, from its beginning; it reads whatever comes until it
 * is limited. <b>Threads.</b> Any.
 */
public final class ReadWindow extends ChannelInboundHandlerAdapter {
  /** For codecs: more than is read at once, so that it is not cut again. */
  public static final int CHUNK_BYTES_MAX = 1 << 20;

  private static final int READ_BYTES_MIN = 64;
  private static final int READ_BYTES_FIRST = 2048;

  private final Channel channel;

  /** When so much waits, nothing more is read: what waits is less than this and one read. */
  private final int windowBytes;

  private boolean isLimited;
  private long waitingBytes;

  ReadWindow(Channel channel, int readBytesMax) {
    this.channel = channel;
    this.windowBytes = readBytesMax / 2;
  }

  /**
   * On the connection's event loop.
   *
   * @param readBytesMax at once: large bodies cost fewer calls and pieces than with the usual 64
   *     KiB
   */
  public static ReadWindow attach(HttpConnection connection, int readBytesMax) {
    ChannelHandlerContext vertx = RawSocket.context(connection);
    Channel channel = vertx.channel();
    channel
        .config()
        .setRecvByteBufAllocator(
            new AdaptiveRecvByteBufAllocator(READ_BYTES_MIN, READ_BYTES_FIRST, readBytesMax));
    var window = new ReadWindow(channel, readBytesMax);
    channel.pipeline().addBefore(vertx.name(), ReadWindow.class.getName(), window);
    return window;
  }

  /** Empty if the connection has ended. */
  public static Optional<ReadWindow> of(HttpConnection connection) {
    return Optional.ofNullable(RawSocket.context(connection).pipeline().get(ReadWindow.class));
  }

  /** From now on all that comes is to be {@link #taken}. */
  public void limit() {
    onLoop(() -> isLimited = true);
  }

  /** Nobody takes anything any more. */
  public void unlimit() {
    onLoop(() -> {
      isLimited = false;
      beginAnew();
    });
  }

  public void taken(int bytes) {
    onLoop(() -> {
      waitingBytes = Math.max(0, waitingBytes - bytes);
      if (waitingBytes < windowBytes) channel.config().setAutoRead(true);
    });
  }

  private void onLoop(Runnable work) {
    if (channel.eventLoop().inEventLoop()) work.run();
    else channel.eventLoop().execute(work);
  }

  private void beginAnew() {
    waitingBytes = 0;
    channel.config().setAutoRead(true);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    boolean ends = message instanceof LastHttpContent;
    if (message instanceof HttpContent content) waitingBytes += content.content().readableBytes();
    if (ends) beginAnew();
    context.fireChannelRead(message);
    if (isLimited && !ends && waitingBytes >= windowBytes) channel.config().setAutoRead(false);
  }
}
