package dev.penstock.p2p.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.HttpConnection;
import java.util.Optional;

/**
 * How much of a body a connection reads at once, and before somebody takes it. Vert.x alone reads
 * sixteen pieces ahead of whoever has paused it, which is too much of thousands that are slow, or
 * that nobody has admitted yet.
 *
 * <p>It counts for the connection and not for a body: one whose end has come may still wait to be
 * taken, and the next one must not wait for that. So an end begins a new count; what is taken of
 * the body before it lets a little more in than the window.
 *
 * <p>Over TLS what is read at once is what records bring, 64 KiB at most.
 *
 * <p><b>Lifecycle.</b> That of the connection, from its beginning. <b>Threads.</b> Any.
 */
public final class ReadWindow extends ChannelInboundHandlerAdapter {
  /** For codecs: more than is read at once, so that it is not cut again. */
  public static final int CHUNK_BYTES_MAX = 1 << 20;

  /** Large bodies cost few calls and few pieces. */
  public static final int LARGE_READ_BYTES = 256 << 10;

  /** Enough for heads and for bodies without content. */
  public static final int SMALL_READ_BYTES = 8 << 10;

  /** What the objects around a piece take: there may be a byte in each. */
  private static final int PIECE_BYTES = 256;

  private static final long UNLIMITED = Long.MAX_VALUE;

  private final Channel channel;
  private volatile int readBytes = SMALL_READ_BYTES;
  private long windowBytes = SMALL_READ_BYTES / 2;
  private long waitingBytes;
  private boolean isClosed;

  ReadWindow(Channel channel) {
    this.channel = channel;
  }

  /** On the connection's event loop. It reads little, and all of it is to be {@link #taken}. */
  public static ReadWindow attach(HttpConnection connection) {
    ChannelHandlerContext vertx = RawSocket.context(connection);
    var window = new ReadWindow(vertx.channel());
    vertx.channel().config().setRecvByteBufAllocator(window.sizes());
    vertx.pipeline().addBefore(vertx.name(), ReadWindow.class.getName(), window);
    return window;
  }

  /** Empty if the connection has ended. */
  public static Optional<ReadWindow> of(HttpConnection connection) {
    return Optional.ofNullable(RawSocket.context(connection).pipeline().get(ReadWindow.class));
  }

  /**
   * As much as there was, and a little more: a piece keeps the memory of the whole read, and it may
   * wait with a few bytes in it.
   */
  private RecvByteBufAllocator sizes() {
    return new DefaultMaxMessagesRecvByteBufAllocator() {
      @Override
      public MaxMessageHandle newHandle() {
        return new MaxMessageHandle() {
          private int next = SMALL_READ_BYTES;

          @Override
          public void lastBytesRead(int bytes) {
            next = Math.max(SMALL_READ_BYTES, 2 * bytes);
            super.lastBytesRead(bytes);
          }

          @Override
          public int guess() {
            return Math.min(readBytes, next);
          }
        };
      }
    };
  }

  /** Once the connection has ended. */
  public void whenClosed(Runnable told) {
    channel.closeFuture().addListener(_ -> told.run());
  }

  /**
   * From now on it reads so much at once, and not while half as much waits: what waits is less than
   * both together.
   */
  public void read(int bytes) {
    readBytes = bytes;
    onLoop(() -> window(bytes / 2));
  }

  /** From now on nobody takes anything: all of it is to pass. */
  public void unlimit() {
    readBytes = SMALL_READ_BYTES;
    onLoop(() -> window(UNLIMITED));
  }

  private void window(long bytes) {
    windowBytes = bytes;
    look();
  }

  /** A piece of so many bytes. */
  public void taken(int bytes) {
    onLoop(() -> {
      waitingBytes = Math.max(0, waitingBytes - bytes - PIECE_BYTES);
      look();
    });
  }

  /** What Vert.x has turned off for reasons of its own it turns on again itself. */
  private void look() {
    boolean isFull = waitingBytes >= windowBytes;
    if (isFull || isClosed) channel.config().setAutoRead(!isFull);
    isClosed = isFull;
  }

  private void onLoop(Runnable work) {
    if (channel.eventLoop().inEventLoop()) work.run();
    else channel.eventLoop().execute(work);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    boolean ends = message instanceof LastHttpContent;
    if (ends) waitingBytes = 0;
    else if (message instanceof HttpContent content)
      waitingBytes += content.content().readableBytes() + PIECE_BYTES;
    context.fireChannelRead(message);
    if (message instanceof HttpContent) look();
  }
}
