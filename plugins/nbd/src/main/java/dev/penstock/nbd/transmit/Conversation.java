package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.export.ServedExports.Attachment;
import dev.penstock.nbd.handshake.Decision;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.transmit.ConnectionInfo.Phase;
import dev.penstock.nbd.wire.ProtocolError;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What one client says and is answered: works on what was received as far as it gets, and decides
 * whether more is read.
 *
 * <p><b>Threads.</b> The channel's event loop, but for {@link #wake}, {@link #onLoop} and {@link
 * #serving}. <b>Errors.</b> None leaves: what a client does wrong costs it its connection.
 */
final class Conversation implements Transmission.Owner, Budget.Waiter {
  /** Whose conversation it is. */
  interface Owner {
    /** The client chose this export: it gets it, unless things have changed meanwhile. */
    Optional<Attachment> attach(Decision.Transmit agreed, Peer asks);

    /** It has its export, and its requests may come. */
    void admitted(Peer asks);

    /** It is about to be ended by us, other than in good order. */
    void cut(Observer.Cut why, String detail);

    /** The channel is gone, and nothing is under way any more. */
    void ended();

    /** For events, as things are now. */
    ConnectionInfo info();
  }

  private static final WriteBufferWaterMark UNSENT =
      new WriteBufferWaterMark(Limits.UNSENT_BYTES_LOW, Limits.UNSENT_BYTES_HIGH);

  private final Owner owner;
  private final Surroundings surroundings;
  private final Course course;
  private final Opening opening;
  private final Inbox inbox;
  private volatile @Nullable ChannelHandlerContext channel;
  private volatile @Nullable Transmission transmission;
  private boolean working;
  private boolean moreWork;
  private boolean waiting;

  Conversation(Owner owner, Surroundings surroundings, Course course, Opening opening) {
    this.owner = owner;
    this.surroundings = surroundings;
    this.course = course;
    this.opening = opening;
    this.inbox = new Inbox(surroundings.budget());
  }

  /** Its requests, once there may be some. */
  @Nullable Transmission serving() {
    return transmission;
  }

  @Override
  public ConnectionInfo info() {
    return owner.info();
  }

  /** Whether the client has begun to send something, and it is the client that does not go on. */
  boolean owesBytes() {
    return !waiting && !course.isClosing() && inbox.isUnfinished();
  }

  long receivedBytes() {
    return inbox.receivedBytes();
  }

  /** Whether the client said that it is leaving. */
  boolean saidGoodbye() {
    return inbox.saidGoodbye();
  }

  // What was received.

  /** The channel is there; the server speaks first. */
  void begin(ChannelHandlerContext context) {
    channel = context;
    context.channel().config().setWriteBufferWaterMark(opening.waterMark());
    work(context);
  }

  /** Takes what was received, which now belongs to the conversation. */
  void receive(ChannelHandlerContext context, ByteBuf bytes) {
    if (course.isClosing()) {
      bytes.release();
      return;
    }
    inbox.add(bytes, context.alloc());
    work(context);
  }

  /** Whether so much has been received and waits that it had better come in small pieces. */
  boolean receivesLittle() {
    return surroundings.budget().keepsTooMuch();
  }

  /** Where what is received next belongs. Only what comes in clear can be put there. */
  @Nullable ByteBuf payloadRest() {
    return opening.asks().encrypted() ? null : inbox.payloadRest();
  }

  /** Nothing more was received for now: what was answered is sent. */
  void readComplete() {
    Transmission serving = transmission;
    if (serving != null && !course.isClosing()) serving.outbox().flush();
  }

  /** Who said DISC gets its replies. Anybody else is gone, or has been sent all there is. */
  void inputEnded(ChannelHandlerContext context) {
    if (opening.isSecuring()) owner.cut(Observer.Cut.TLS, TlsSession.LEFT);
    if (course.isClosing() || !inbox.saidGoodbye()) course.close(context);
  }

  void tlsAnswered(ChannelHandlerContext context, SslHandshakeCompletionEvent tls) {
    if (!opening.isSecuring() || course.isClosing()) return;
    Optional<String> complaint = opening.secured(context, tls);
    if (complaint.isEmpty()) {
      work(context);
    } else {
      owner.cut(Observer.Cut.TLS, complaint.get());
      course.close(context);
    }
  }

  /** A reset by the peer, broken TLS, or a bug of ours: in any case the stream is lost. */
  void lost(ChannelHandlerContext context, Throwable cause) {
    if (cause.getCause() instanceof SSLException broken) {
      owner.cut(Observer.Cut.TLS, TlsSession.complaint(broken));
    } else if (!(cause instanceof IOException)) {
      owner.cut(Observer.Cut.PROTOCOL, cause.toString());
    }
    course.close(context);
  }

  /** Understands as much as there is. Comes again from within, when a reply makes room. */
  private void work(ChannelHandlerContext context) {
    moreWork = true;
    if (working) return;
    working = true;
    try {
      while (moreWork && !course.isClosing()) {
        moreWork = false;
        Transmission serving = transmission;
        waiting = serving == null ? open(context) : inbox.decode(serving);
      }
      Transmission serving = transmission;
      if (serving != null) serving.inputEnds();
      if (!course.isClosing()) {
        inbox.compact(context.alloc());
        context.channel().config().setAutoRead(!waiting);
        if (inbox.saidGoodbye()) course.leaveWhenIdle(context, serving);
      }
    } catch (ProtocolError outOfStep) {
      owner.cut(Observer.Cut.PROTOCOL, String.valueOf(outOfStep.getMessage()));
      course.closeWhenSent(context, transmission); // what was answered before still counts
    } catch (Throwable lost) { // also an Error: of whoever calls, only the channel would hear of it
      lost(context, lost);
    } finally {
      working = false;
    }
  }

  /**
   * Whether nothing more is read for now: the client has to read some of what it was answered, or
   * the answer is not known yet.
   */
  private boolean open(ChannelHandlerContext context) {
    return switch (opening.step(context, inbox, agreed -> attach(context, agreed))) {
      case Decision.Continue _, Decision.StartTls _ -> false;
      case Decision.Answered _ -> {
        moreWork = context.channel().isWritable();
        yield !moreWork;
      }
      case Decision.Wait(var until) -> {
        until.onComplete(_ -> onLoop(() -> goOn(context)));
        yield true;
      }
      case Decision.Transmit _ -> {
        moreWork = true;
        yield false;
      }
      case Decision.Leave _ -> {
        course.closeWhenSent(context, transmission);
        yield false;
      }
    };
  }

  private boolean attach(ChannelHandlerContext context, Decision.Transmit agreed) {
    Peer asks = opening.asks();
    Optional<Attachment> to = owner.attach(agreed, asks);
    if (to.isEmpty()) {
      owner.cut(Observer.Cut.POLICY, "its export was removed, or its settings changed, meanwhile");
      course.close(context);
      return false;
    }
    inbox.expect(agreed.dialect().requests());
    context.channel().config().setWriteBufferWaterMark(UNSENT);
    transmission =
        new Transmission(context, this, surroundings, agreed, to.get(), !asks.encrypted(), this);
    course.serves();
    owner.admitted(asks);
    return true;
  }

  // What lets it go on, and what ends it.

  @Override
  public void roomAgain() {
    ChannelHandlerContext context = channel;
    if (context == null || course.isClosing()) return;
    if (working) {
      moreWork |= waiting;
    } else if (waiting) {
      goOn(context);
    }
  }

  private void goOn(ChannelHandlerContext context) {
    if (course.isClosing()) return;
    work(context);
    // Nothing was received, so no read-complete will send what was answered: and if it filled the
    // channel, only sending it lets the connection go on.
    Transmission serving = transmission;
    if (serving != null) serving.outbox().flushSoon();
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
    if (course.phase() == Phase.CLOSED) owner.ended();
    else if (course.phase() == Phase.LEAVING && !working) {
      course.leaveWhenIdle(context, transmission);
    }
  }

  /** Who has no export yet is none of those who leave: it is refused one. */
  void leave(Duration limit) {
    ChannelHandlerContext context = channel;
    Transmission serving = transmission;
    if (context == null || serving == null || course.isClosing()) return;
    serving.refuseFromNow();
    course.leaveWithin(limit);
    roomAgain(); // what waited for its turn is refused, and that is an answer as well
    course.leaveWhenIdle(context, serving);
  }

  /** Ends it once what was answered has been sent; what waits for the volume is never answered. */
  void dismiss() {
    ChannelHandlerContext context = channel;
    if (context != null && !course.isClosing()) course.closeWhenSent(context, transmission);
  }

  /** Ends it at once. */
  void close() {
    ChannelHandlerContext context = channel;
    if (context != null) course.close(context);
  }

  /** The channel is closed: everything is let go of, once. */
  void gone() {
    if (!course.ends()) return;
    inbox.close();
    Transmission serving = transmission;
    if (serving == null) owner.ended();
    else serving.close();
  }

  /** Runs what is to happen on the event loop; drops it if there is none any more. */
  void onLoop(Runnable work) {
    ChannelHandlerContext context = channel;
    if (context == null) return;
    if (context.executor().inEventLoop()) work.run();
    else if (!context.executor().isShuttingDown()) context.executor().execute(work);
  }
}
