package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.export.ExportClient;
import dev.penstock.nbd.export.ServedExports.Attachment;
import dev.penstock.nbd.handshake.Decision;
import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Handshake;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.RequestDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One client, from its greeting to its end: a handler in the channel's pipeline that swallows all
 * that is received.
 *
 * <pre>
 *   NEGOTIATING ─ GO, EXPORT_NAME ─► SERVING ─ DISC, leave ─► LEAVING ─ nothing under way, farewell ─► CLOSED
 *        ├─────────────────────────── ABORT, garbage ────────────▲                                 ▲
 *        └──────────── cut, or the client is gone ─────────────────────────────────────────────────┘
 * </pre>
 *
 * <p><b>Threads.</b> The channel's event loop, but for {@link #leave}, {@link #info}, {@link #end}
 * and {@link #ended}. <b>Errors.</b> None leaves: what a client does wrong costs it its connection.
 */
public final class Connection extends ChannelInboundHandlerAdapter
    implements ExportClient, Transmission.Owner, Budget.Waiter {

  private final long id;
  private final String peer;
  private final Entrance entrance;
  private final Instant since;
  private final Surroundings surroundings;
  private final Inbox inbox = new Inbox();
  private final Handshake handshake;
  private final RequestDecoder decoder = new RequestDecoder(Limits.DRAIN_BYTES_MAX);
  private final HangWatchdog watchdog;
  private final Farewell farewell;
  private final Promise<Void> ended = Promise.promise();

  private Peer asks;
  private boolean securing;
  private volatile ConnectionInfo.Phase phase = ConnectionInfo.Phase.NEGOTIATING;
  private volatile String export = "";
  private volatile @Nullable ChannelHandlerContext channel;
  private volatile @Nullable Transmission transmission;
  private @Nullable Attachment attachment;
  private @Nullable ByteBuf payloadRest;
  private boolean working;
  private boolean moreWork;
  private boolean waiting;
  private boolean closing;
  private boolean cut;
  private long leavingSinceNanos;
  private Duration leavingLimit;

  /** A client that has just connected. */
  public Connection(
      long id,
      String peer,
      Peer asks,
      Entrance entrance,
      Instant since,
      Surroundings surroundings) {
    this.id = id;
    this.peer = peer;
    this.asks = asks;
    this.entrance = entrance;
    this.since = since;
    this.surroundings = surroundings;
    this.handshake =
        entrance.handshake(new Admissions(surroundings.exports(), this::refused), asks);
    this.watchdog =
        new HangWatchdog(surroundings.limitsNow(), surroundings.nanoClock().getAsLong());
    this.farewell = new Farewell(surroundings.nanoClock());
    this.leavingLimit = surroundings.limits().shutdown();
  }

  /** Whether it has an export, and leaves it when asked to. */
  public boolean isServed() {
    return transmission != null;
  }

  /** Which connection this is, for people and the API. */
  public long id() {
    return id;
  }

  /** Its socket could not be used at all. */
  public void neverCame() {
    phase = ConnectionInfo.Phase.CLOSED;
    ended.tryComplete();
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
        entrance.address(),
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
    context.channel().config().setRecvByteBufAllocator(new ReceiveBuffers(this::payloadRest));
    // A client that said DISC may end its side of the stream and still read its replies.
    context.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    work(context); // the server speaks first
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (closing) {
      bytes.release();
      return;
    }
    if (isPayloadRest(bytes)) received(bytes);
    else inbox.add(bytes, context.alloc());
    work(context);
  }

  @SuppressWarnings("ReferenceEquality") // the very buffer, and not one with the same bytes
  private boolean isPayloadRest(ByteBuf bytes) {
    return bytes == payloadRest;
  }

  /** Only what comes in clear can be received where it belongs. */
  private @Nullable ByteBuf payloadRest() {
    payloadRest = asks.encrypted() ? null : decoder.payloadRest(Limits.RECEIVED_IN_PLACE_BYTES_MIN);
    return payloadRest;
  }

  private void received(ByteBuf inPlace) {
    inbox.passedBy(inPlace.readableBytes());
    decoder.received(inPlace.readableBytes());
    inPlace.release();
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
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) inputEnded(context);
    if (event instanceof SslHandshakeCompletionEvent tls) tlsAnswered(context, tls);
    context.fireUserEventTriggered(event);
  }

  /** Who said DISC gets its replies. Anybody else is gone, or has been sent all there is. */
  private void inputEnded(ChannelHandlerContext context) {
    if (securing) cut(Observer.Cut.TLS, TlsSession.LEFT);
    if (closing || !decoder.ended()) close(context);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    gone();
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // A reset by the peer, broken TLS, or a bug of ours: in any case the stream is lost.
    if (cause.getCause() instanceof SSLException broken) {
      cut(Observer.Cut.TLS, TlsSession.complaint(broken));
    } else if (!(cause instanceof java.io.IOException)) {
      cut(Observer.Cut.PROTOCOL, cause.toString());
    }
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
      Transmission serving = transmission;
      if (serving != null) serving.inputEnds();
      if (!closing) {
        inbox.compact(context.alloc());
        context.channel().config().setAutoRead(!waiting);
        if (decoder.ended()) leaveWhenIdle(context);
      }
    } catch (ProtocolError outOfStep) {
      cut(Observer.Cut.PROTOCOL, String.valueOf(outOfStep.getMessage()));
      closeWhenSent(context); // what was answered before still counts
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
      cut(Observer.Cut.POLICY, "its export was removed, or its settings changed, meanwhile");
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
      case Decision.StartTls _ -> {
        startTls(context);
        yield false;
      }
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

  /** What was written so far leaves in clear; all that comes after it goes through TLS. */
  private void startTls(ChannelHandlerContext context) {
    inbox.drop(); // sent in clear after STARTTLS: by anybody
    securing = true;
    context.pipeline().addFirst("ssl", entrance.security(context.alloc()));
  }

  private void tlsAnswered(ChannelHandlerContext context, SslHandshakeCompletionEvent tls) {
    if (!securing || closing) return;
    securing = false;
    if (tls.isSuccess()) {
      secured(context);
    } else {
      cut(Observer.Cut.TLS, TlsSession.complaint(tls.cause()));
      close(context);
    }
  }

  private void secured(ChannelHandlerContext context) {
    asks = TlsSession.peer(asks, context.pipeline().get(SslHandler.class).engine().getSession());
    handshake.secured(asks);
    work(context);
  }

  private boolean attach(ChannelHandlerContext context, Decision.Transmit agreed) {
    Optional<Attachment> attached = surroundings.exports().attach(agreed.askedFor(), asks, this);
    if (attached.isEmpty()) return false;
    Attachment to = attached.get();
    attachment = to;
    export = to.export();
    decoder.expect(agreed.dialect().requests());
    transmission =
        new Transmission(context, this, surroundings, agreed, to, !asks.encrypted(), this);
    phase = ConnectionInfo.Phase.SERVING;
    surroundings.observer().admitted(info(), asks);
    return true;
  }

  private void refused(Peer peer, String askedFor, Exports.Lookup why) {
    surroundings.observer().refused(info(), peer, askedFor, why);
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
    ChannelHandlerContext context = channel;
    // Never from within: whoever gives bytes back would do the work of all that waited for them.
    if (context != null && !context.executor().isShuttingDown()) {
      context.executor().execute(this::roomAgain);
    }
  }

  @Override
  public void idle() {
    ChannelHandlerContext context = channel;
    if (context == null) return;
    if (phase == ConnectionInfo.Phase.CLOSED) finish();
    else if (phase == ConnectionInfo.Phase.LEAVING && !working) leaveWhenIdle(context);
  }

  @Override
  public void leave(Duration limit) {
    onLoop(() -> leaveNow(limit));
  }

  @Override
  public void bar(String why) {
    onLoop(() -> {
      if (!closing) cut(Observer.Cut.POLICY, why);
      leaveNow(surroundings.limits().shutdown());
    });
  }

  /** Ends it at once, for an operator. */
  public void end() {
    onLoop(() -> {
      ChannelHandlerContext context = channel;
      if (context != null) close(context);
    });
  }

  /** Who has no export yet is none of those who leave: it is refused one. */
  private void leaveNow(Duration limit) {
    ChannelHandlerContext context = channel;
    Transmission serving = transmission;
    if (context == null || serving == null || closing) return;
    serving.refuseFromNow();
    leavingLimit = limit;
    roomAgain(); // what waited for its turn is refused, and that is an answer as well
    leaveWhenIdle(context);
  }

  private void leaveWhenIdle(ChannelHandlerContext context) {
    leaving();
    Transmission serving = transmission;
    if (serving == null || serving.isIdle()) closeWhenSent(context);
  }

  private void leaving() {
    if (phase == ConnectionInfo.Phase.LEAVING) return;
    phase = ConnectionInfo.Phase.LEAVING;
    leavingSinceNanos = surroundings.nanoClock().getAsLong();
  }

  private void closeWhenSent(ChannelHandlerContext context) {
    if (closing) return;
    leaving();
    closing = true;
    Transmission serving = transmission;
    if (serving != null) {
      serving.takesNoMore();
      serving.outbox().flush();
    }
    farewell.say(context);
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
    if (farewell.isOver(nowNanos)) {
      close(context);
      return;
    }
    Transmission serving = transmission;
    if (serving != null) serving.scan(nowNanos);
    Optional<HangWatchdog.Hang> hang = hangs(serving, nowNanos);
    if (hang.isEmpty()) return;
    cut(hang.get().why(), hang.get().detail());
    close(context);
  }

  private Optional<HangWatchdog.Hang> hangs(@Nullable Transmission serving, long nowNanos) {
    boolean leaving = phase == ConnectionInfo.Phase.LEAVING;
    if (serving == null && !leaving) return watchdog.negotiates(nowNanos);
    Optional<HangWatchdog.Hang> hang = Optional.empty();
    if (serving != null) hang = owesRequest(serving, nowNanos);
    if (serving != null && hang.isEmpty()) hang = owesReading(serving, nowNanos);
    // A client that said DISC has its requests finished, however long that takes.
    if (hang.isPresent() || !leaving || decoder.ended()) return hang;
    return watchdog.leaves(leavingSinceNanos, leavingLimit, nowNanos);
  }

  /** Only while we read: what we make wait is not the client's fault. */
  private Optional<HangWatchdog.Hang> owesRequest(Transmission serving, long nowNanos) {
    if (!waiting && !closing && decoder.unfinished(inbox.unread().readableBytes())) {
      return watchdog.owesRequest(
          serving.requests(), inbox.receivedBytes(), serving.keepsWaiting(), nowNanos);
    }
    watchdog.owesNoRequest();
    return Optional.empty();
  }

  private Optional<HangWatchdog.Hang> owesReading(Transmission serving, long nowNanos) {
    Outbox outbox = serving.outbox();
    if (!outbox.isEmpty()) {
      return watchdog.owesReading(
          outbox.drained(), outbox.movedBytes(), serving.keepsWaiting(), nowNanos);
    }
    watchdog.owesNoReading();
    return Optional.empty();
  }

  /** Told once, whatever else comes to light while it ends. */
  private void cut(Observer.Cut why, String detail) {
    if (cut || phase == ConnectionInfo.Phase.CLOSED) return;
    cut = true;
    surroundings.observer().cut(info(), why, detail);
  }

  private void onLoop(Runnable work) {
    ChannelHandlerContext context = channel;
    if (context == null) return;
    if (context.executor().inEventLoop()) work.run();
    else if (!context.executor().isShuttingDown()) context.executor().execute(work);
  }
}
