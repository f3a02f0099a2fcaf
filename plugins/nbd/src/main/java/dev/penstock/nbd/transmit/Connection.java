package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.export.ExportClient;
import dev.penstock.nbd.export.ServedExports.Attachment;
import dev.penstock.nbd.handshake.Decision;
import dev.penstock.nbd.handshake.Handshake;
import dev.penstock.nbd.handshake.NewStyle;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.handshake.Tls;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.RequestDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One client, from its greeting to its end: a handler in the channel's pipeline that swallows all
 * that is received.
 *
 * <pre>
 *   NEGOTIATING ─ GO, EXPORT_NAME ─► SERVING ─ DISC, leave ─► LEAVING ─ nothing under way ─► CLOSED
 *        └──────────── ABORT, error, cut, or the client is gone ──────────────────────────────▲
 * </pre>
 *
 * <p><b>Threads.</b> The channel's event loop, but for {@link #leave}, {@link #info}, {@link #end}
 * and {@link #ended}. <b>Errors.</b> None leaves: what a client does wrong costs it its connection.
 */
public final class Connection extends ChannelInboundHandlerAdapter
    implements ExportClient, Transmission.Owner, Budget.Waiter {

  private final long id;
  private final String peer;
  private final Peer asks;
  private final String listener;
  private final Instant since;
  private final Surroundings surroundings;
  private final long connectedNanos;
  private final Inbox inbox = new Inbox();
  private final Handshake handshake;
  private final RequestDecoder decoder = new RequestDecoder(Limits.DRAIN_BYTES_MAX);
  private final Patience unfinished;
  private final Patience unread;
  private final Promise<Void> ended = Promise.promise();

  private volatile ConnectionInfo.Phase phase = ConnectionInfo.Phase.NEGOTIATING;
  private volatile String export = "";
  private volatile @Nullable ChannelHandlerContext channel;
  private volatile @Nullable Transmission transmission;
  private @Nullable Attachment attachment;
  private boolean working;
  private boolean moreWork;
  private boolean waiting;
  private boolean closing;
  private long leavingSinceNanos;

  /** A client that has just connected. */
  public Connection(
      long id, String peer, Peer asks, String listener, Instant since, Surroundings surroundings) {
    this.id = id;
    this.peer = peer;
    this.asks = asks;
    this.listener = listener;
    this.since = since;
    this.surroundings = surroundings;
    this.handshake = new NewStyle(surroundings.exports(), asks, Tls.ABSENT);
    this.connectedNanos = surroundings.nanoClock().getAsLong();
    this.unfinished = new Patience(surroundings.limits().request(), Limits.PROGRESS_BYTES);
    this.unread = new Patience(surroundings.limits().reply(), Limits.PROGRESS_BYTES);
  }

  /** Which connection this is, for people and the API. */
  public long id() {
    return id;
  }

  /** Completes when the connection is gone and nothing of it is under way any more. */
  public Future<Void> ended() {
    return ended.future();
  }

  @Override
  public ConnectionInfo info() {
    Transmission serving = transmission;
    return new ConnectionInfo(
        id,
        peer,
        listener,
        export,
        since,
        phase,
        serving == null ? 0 : serving.requests(),
        serving == null ? 0 : serving.underWay(),
        serving == null ? 0 : serving.readBytes(),
        serving == null ? 0 : serving.writtenBytes());
  }

  // What the channel tells.

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    channel = context;
    context
        .channel()
        .config()
        .setWriteBufferWaterMark(
            new WriteBufferWaterMark(Limits.UNSENT_BYTES_LOW, Limits.UNSENT_BYTES_HIGH));
    work(context); // the server speaks first
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (closing) {
      bytes.release();
      return;
    }
    inbox.add(bytes, context.alloc());
    work(context);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    Transmission serving = transmission;
    if (serving != null && !closing) serving.outbox().flush();
    context.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (context.channel().isWritable()) roomAgain();
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    gone();
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // A reset by the peer, or a bug of ours: either way the stream is lost.
    if (!(cause instanceof java.io.IOException)) cut(Observer.Cut.PROTOCOL, cause.toString());
    close(context);
  }

  // What was received.

  /** Understands as much as there is. Comes again from within, when a reply makes room. */
  private void work(ChannelHandlerContext context) {
    moreWork = true;
    if (working) return;
    working = true;
    try {
      while (moreWork && !closing) {
        moreWork = false;
        Transmission serving = transmission;
        waiting = serving == null ? negotiate(context) : decoder.decode(inbox.unread(), serving);
      }
      if (!closing) {
        inbox.compact(context.alloc());
        context.channel().config().setAutoRead(!waiting);
        if (decoder.ended()) leaveWhenIdle(context);
      }
    } catch (ProtocolError outOfStep) {
      Transmission serving = transmission;
      if (serving != null) serving.outbox().flush(); // what was answered before still counts
      cut(Observer.Cut.PROTOCOL, String.valueOf(outOfStep.getMessage()));
      close(context);
    } catch (RuntimeException | OutOfMemoryError lost) {
      exceptionCaught(context, lost); // here, since not everybody who calls is the channel
    } finally {
      working = false;
    }
  }

  /** Answers options, all replies in one write; whether the client has to read some of it first. */
  private boolean negotiate(ChannelHandlerContext context) {
    ByteBuf out = context.alloc().buffer();
    Decision decision;
    boolean full;
    try {
      do {
        decision = handshake.step(inbox.unread(), out);
        full = out.readableBytes() >= Limits.BATCH_BYTES;
      } while (decision instanceof Decision.Answered && !full);
    } catch (ProtocolError refused) {
      var _ = context.writeAndFlush(out);
      throw refused;
    }
    // Attached before it is told: whoever hears of its export counts as one of its clients.
    if (decision instanceof Decision.Transmit agreed && !attach(context, agreed)) {
      out.release();
      cut(Observer.Cut.SHUTDOWN, "its export was removed while it connected");
      close(context);
      return false;
    }
    if (out.isReadable()) {
      var _ = context.writeAndFlush(out);
    } else {
      out.release();
    }
    return switch (decision) {
      case Decision.Continue _ -> false;
      case Decision.Answered _ -> {
        moreWork = context.channel().isWritable();
        yield !moreWork;
      }
      case Decision.StartTls _ -> throw new IllegalStateException("this listener has no TLS");
      case Decision.Transmit _ -> {
        moreWork = true;
        yield false;
      }
      case Decision.Leave _ -> {
        closeWhenSent(context);
        yield false;
      }
    };
  }

  private boolean attach(ChannelHandlerContext context, Decision.Transmit agreed) {
    Optional<Attachment> attached = surroundings.exports().attach(agreed.askedFor(), asks, this);
    if (attached.isEmpty()) return false;
    Attachment to = attached.get();
    attachment = to;
    export = to.export();
    decoder.expect(agreed.dialect().requests());
    transmission = new Transmission(context, this, surroundings, agreed, to.gate(), this);
    phase = ConnectionInfo.Phase.SERVING;
    return true;
  }

  // What lets it go on, and what ends it.

  @Override
  public void roomAgain() {
    ChannelHandlerContext context = channel;
    if (context == null || closing) return;
    if (working) {
      moreWork |= waiting;
    } else if (waiting) {
      work(context);
      // Nothing was received, so no read-complete will send what was answered: and if it filled the
      // channel, only sending it lets the connection go on.
      Transmission serving = transmission;
      if (serving != null) serving.outbox().flushSoon();
    }
  }

  @Override
  public void wake() {
    onLoop(this::roomAgain);
  }

  @Override
  public void idle() {
    ChannelHandlerContext context = channel;
    if (context == null) return;
    if (phase == ConnectionInfo.Phase.CLOSED) finish();
    else if (phase == ConnectionInfo.Phase.LEAVING && !working) leaveWhenIdle(context);
  }

  @Override
  public void leave(String why) {
    onLoop(() -> leaveNow());
  }

  /** Ends it at once, for an operator. */
  public void end() {
    onLoop(() -> {
      ChannelHandlerContext context = channel;
      if (context != null) close(context);
    });
  }

  private void leaveNow() {
    ChannelHandlerContext context = channel;
    if (context == null || closing) return;
    Transmission serving = transmission;
    if (serving == null) {
      close(context);
      return;
    }
    serving.refuseFromNow();
    leaveWhenIdle(context);
  }

  private void leaveWhenIdle(ChannelHandlerContext context) {
    if (phase != ConnectionInfo.Phase.LEAVING) {
      phase = ConnectionInfo.Phase.LEAVING;
      leavingSinceNanos = surroundings.nanoClock().getAsLong();
    }
    Transmission serving = transmission;
    if (serving == null || serving.isIdle()) closeWhenSent(context);
  }

  private void closeWhenSent(ChannelHandlerContext context) {
    if (closing) return;
    phase = ConnectionInfo.Phase.LEAVING;
    leavingSinceNanos = surroundings.nanoClock().getAsLong();
    closing = true;
    Transmission serving = transmission;
    if (serving != null) serving.outbox().flush();
    context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  private void close(ChannelHandlerContext context) {
    closing = true;
    var _ = context.close();
  }

  /** The channel is closed: everything is let go of, once. */
  private void gone() {
    if (phase == ConnectionInfo.Phase.CLOSED) return;
    closing = true;
    phase = ConnectionInfo.Phase.CLOSED;
    inbox.close();
    decoder.close();
    Transmission serving = transmission;
    if (serving == null) finish();
    else serving.close();
  }

  private void finish() {
    Attachment to = attachment;
    if (to != null) to.detach();
    ended.tryComplete();
  }

  // The hang watchdog.

  /** Looks whether the client is hanging, and at what waits for the volume. Now and then. */
  public void scan(long nowNanos) {
    ChannelHandlerContext context = channel;
    if (context == null || phase == ConnectionInfo.Phase.CLOSED) return;
    Transmission serving = transmission;
    if (serving == null) {
      scanHandshake(context, nowNanos);
      return;
    }
    serving.scan(nowNanos);
    if (hangsSending(nowNanos)) {
      String what = "bytes that it announced have not come for %d ms";
      cutHanging(context, Observer.Cut.REQUEST, what, surroundings.limits().request());
    } else if (hangsReading(serving, nowNanos)) {
      String what = "replies have not been read for %d ms";
      cutHanging(context, Observer.Cut.REPLY, what, surroundings.limits().reply());
    } else if (hangsLeaving(nowNanos)) {
      String what = "requests were still under way %d ms after it was asked to leave";
      cutHanging(context, Observer.Cut.SHUTDOWN, what, surroundings.limits().shutdown());
    }
  }

  private void scanHandshake(ChannelHandlerContext context, long nowNanos) {
    Duration limit = surroundings.limits().handshake();
    if (nowNanos - connectedNanos < limit.toNanos()) return;
    cut(Observer.Cut.HANDSHAKE, "chose no export within %d ms".formatted(limit.toMillis()));
    close(context);
  }

  /** Only while we read: what we make wait is not the client's fault. */
  private boolean hangsSending(long nowNanos) {
    if (waiting || closing || !decoder.unfinished(inbox.unread().readableBytes())) {
      unfinished.rest();
      return false;
    }
    Transmission serving = transmission;
    long request = serving == null ? 0 : serving.requests();
    return unfinished.ranOut(request, inbox.receivedBytes(), nowNanos);
  }

  private boolean hangsReading(Transmission serving, long nowNanos) {
    if (serving.outbox().isEmpty()) {
      unread.rest();
      return false;
    }
    return unread.ranOut(serving.outbox().drained(), serving.outbox().movedBytes(), nowNanos);
  }

  /** A client that said DISC has its requests finished, however long that takes. */
  private boolean hangsLeaving(long nowNanos) {
    return phase == ConnectionInfo.Phase.LEAVING
        && !decoder.ended()
        && nowNanos - leavingSinceNanos >= surroundings.limits().shutdown().toNanos();
  }

  private void cutHanging(
      ChannelHandlerContext context, Observer.Cut why, String what, Duration limit) {
    cut(why, what.formatted(limit.toMillis()));
    close(context);
  }

  private void cut(Observer.Cut why, String detail) {
    if (phase != ConnectionInfo.Phase.CLOSED) surroundings.observer().cut(info(), why, detail);
  }

  private void onLoop(Runnable work) {
    ChannelHandlerContext context = channel;
    if (context == null) return;
    if (context.executor().inEventLoop()) work.run();
    else if (!context.executor().isShuttingDown()) context.executor().execute(work);
  }
}
