package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.handshake.Decision;
import dev.penstock.nbd.handshake.SelectedContext;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Dialect;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Replies;
import dev.penstock.nbd.wire.RequestDecoder;
import dev.penstock.nbd.wire.RequestHeader;
import dev.penstock.nbd.wire.StructuredReplies;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeGate;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.AsyncResult;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;

/**
 * The requests of one connection, from the client's bytes to the replies. Requests run side by side
 * and are answered as they finish: "the server MAY reply to outstanding requests in any order".
 *
 * <p><b>Threads.</b> The connection's event loop; calls that may block go to the volume's workers
 * and come back.
 */
final class Transmission implements RequestDecoder.Receiver {
  /** What a transmission tells its connection. */
  interface Owner {
    /** Something was released: a request that waits may be admitted now. */
    void roomAgain();

    /** The last request under way has ended. */
    void idle();

    /** For events, as things are now. */
    ConnectionInfo info();
  }

  private final ChannelHandlerContext channel;
  private final Owner owner;
  private final Observer observer;
  private final Limits limits;
  private final LongSupplier nanoClock;
  private final RequestRules rules;
  private final Replies replies;
  private final VolumeGate gate;
  private final Dialect dialect;
  private final List<SelectedContext> contexts;
  private long sizeBytes;

  private final Outbox outbox;
  private final InlineReads reads;
  private final Share share;
  private final Set<InFlight> underWay = new LinkedHashSet<>();
  private RequestRules.Verdict verdict = new RequestRules.Verdict.Accept();
  private long arrivingBytes;
  private boolean refusing;
  private boolean closed;
  private long requests;
  private long readBytes;
  private long writtenBytes;

  Transmission(
      ChannelHandlerContext channel,
      Owner owner,
      Surroundings surroundings,
      Decision.Transmit agreed,
      VolumeGate gate,
      Budget.Waiter waiter) {
    this.channel = channel;
    this.owner = owner;
    this.observer = surroundings.observer();
    this.limits = surroundings.limits();
    this.nanoClock = surroundings.nanoClock();
    this.gate = gate;
    this.dialect = agreed.dialect();
    this.contexts = agreed.contexts();
    this.sizeBytes = agreed.offer().sizeBytes();
    this.replies = agreed.replies();
    Set<VolumeCapability> can = gate.volume().volume().capabilities();
    this.rules = new RequestRules(agreed, can.contains(VolumeCapability.FAST_ZERO));
    this.share = new Share(surroundings.budget(), limits.connectionBytes(), waiter);
    this.outbox =
        new Outbox(
            channel,
            bytes -> {
              share.give(bytes);
              owner.roomAgain();
            });
    this.reads = new InlineReads(replies, outbox, gate, channel.alloc());
  }

  // What comes in: RequestDecoder.Receiver.

  @Override
  public RequestDecoder.Admission admit(RequestHeader request) {
    verdict = refusing ? shutDown(request) : rules.check(request, sizeNow());
    if (request.command() == Command.DISC) return RequestDecoder.Admission.TAKE;
    boolean refused = verdict instanceof RequestRules.Verdict.Refuse;
    boolean waits =
        !channel.channel().isWritable() || (!refused && underWay.size() >= limits.requests());
    if (refused || waits) {
      share.close(); // the common budget is not what it is short of: others go first
      return waits ? RequestDecoder.Admission.WAIT : RequestDecoder.Admission.REFUSE;
    }
    return share.take(heldBytes(request))
        ? RequestDecoder.Admission.TAKE
        : RequestDecoder.Admission.WAIT;
  }

  private static RequestRules.Verdict shutDown(RequestHeader request) {
    return request.command() == Command.DISC
        ? new RequestRules.Verdict.Accept()
        : new RequestRules.Verdict.Refuse(ErrorNumber.ESHUTDOWN, "the export is being closed");
  }

  /** A volume that grew is as large as it was; a successor that is smaller ends earlier. */
  private long sizeNow() {
    return Math.min(sizeBytes, gate.volume().volume().sizeBytes());
  }

  @Override
  public ByteBuf payloadBuffer(int bytes) {
    arrivingBytes = bytes;
    return channel.alloc().directBuffer(bytes, bytes);
  }

  @Override
  public void take(RequestHeader request, ByteBuf payload) {
    if (request.command() == Command.DISC) return;
    arrivingBytes = 0;
    requests++;
    long now = nanoClock.getAsLong();
    if (request.lengthBytes() == 0 && hasRange(request.command())) {
      payload.release();
      replies.done(outbox.room(Replies.STATUS_BYTES_MAX), request);
      observer.answered(request.command(), Optional.empty(), 0, 0);
      return;
    }
    // A read has no call yet: once it is admitted, the fast path may do without one.
    StoreCall call =
        switch (request.command()) {
          case READ -> NoCall.NONE;
          case BLOCK_STATUS -> new StatusCall(request, (StructuredReplies) replies, contexts);
          case WRITE, FLUSH, TRIM, CACHE, WRITE_ZEROES, RESIZE ->
              new ChangeCall(request, replies, payload);
          case DISC, UNKNOWN -> throw new IllegalStateException("never admitted: " + request);
        };
    var arrived = new InFlight(this, request, call, now);
    underWay.add(arrived);
    if (gate.enter(arrived.passage, arrived)) admitted(arrived);
  }

  @Override
  public void refused(RequestHeader request) {
    requests++;
    if (verdict instanceof RequestRules.Verdict.Refuse(var error, String why)) {
      replies.failed(outbox.room(Replies.STATUS_BYTES_MAX), request, error, why);
      observer.answered(request.command(), Optional.of(error), 0, 0);
    }
  }

  @Override
  public void outOfStep(long cookie) {
    if (dialect != Dialect.OLD_STYLE) return;
    var unknown = new RequestHeader(0, Command.UNKNOWN, cookie, 0, 0);
    String why = "no request begins here";
    replies.failed(outbox.room(Replies.STATUS_BYTES_MAX), unknown, ErrorNumber.EBADMSG, why);
  }

  // What happens to a request.

  /** The gate has let it in at last: nothing was received that would send its reply. */
  void admittedLater(InFlight request) {
    admitted(request);
    if (!closed) outbox.flushSoon();
  }

  /** It has passed the gate. */
  private void admitted(InFlight request) {
    if (request.answered || closed) {
      gate.leave(request.passage);
      end(request, false);
      return;
    }
    if (request.call instanceof NoCall && !readLater(request)) return;
    submit(request);
  }

  /** Answers a read at once, with data or an error; otherwise true, and its call is there. */
  private boolean readLater(InFlight request) {
    try {
      request.call = reads.answer(request.header);
    } catch (OutOfMemoryError _) {
      gate.leave(request.passage);
      endWithError(request, ErrorNumber.ENOMEM, "no buffer for the reply");
      return false;
    }
    if (!(request.call instanceof NoCall)) return true;
    gate.leave(request.passage);
    answered(request, Optional.empty());
    end(request, true);
    return false;
  }

  private void submit(InFlight request) {
    request.at = InFlight.At.WORKER;
    OpenVolume volume = gate.volume();
    StoreCall call = request.call;
    volume
        .<Boolean>run(() -> {
          call.perform(volume.volume());
          return true;
        })
        .onComplete(result -> onLoop(() -> performed(request, result)));
  }

  private void performed(InFlight request, AsyncResult<Boolean> result) {
    gate.leave(request.passage);
    if (request.answered || closed) {
      end(request, false);
      return;
    }
    if (result.failed() && result.cause() instanceof GatewayError.Unavailable) {
      request.at = InFlight.At.AGAIN; // a full queue, a peer that is away: until the limit for it
      owner.roomAgain();
      return;
    }
    if (result.succeeded()) succeed(request);
    else fail(request, result.cause());
  }

  private void succeed(InFlight request) {
    StoreCall call = request.call;
    request.call = NoCall.NONE;
    boolean sent = false;
    try {
      call.reply(outbox);
      sent = true;
      answered(request, Optional.empty());
    } finally {
      end(request, sent);
    }
    outbox.flushSoon();
  }

  private void fail(InFlight request, Throwable failure) {
    String reason = StoreFailure.reason(failure);
    endWithError(request, StoreFailure.errorNumber(failure), reason);
    observer.storeFailed(owner.info(), request.header.command(), reason);
    outbox.flushSoon();
  }

  private void endWithError(InFlight request, ErrorNumber error, String reason) {
    try {
      answerWithError(request, error, reason);
    } finally {
      end(request, false);
    }
  }

  private void answerWithError(InFlight request, ErrorNumber error, String reason) {
    replies.failed(outbox.room(Replies.STATUS_BYTES_MAX), request.header, error, reason);
    answered(request, Optional.of(error));
  }

  private void answered(InFlight request, Optional<ErrorNumber> error) {
    RequestHeader header = request.header;
    // Only who asked for it sees the volume grow: the others have been promised their size.
    if (header.command() == Command.RESIZE && error.isEmpty()) sizeBytes = header.offset();
    long bytes = error.isEmpty() ? dataBytes(header) : 0;
    if (header.command() == Command.READ) readBytes += bytes;
    else writtenBytes += bytes;
    observer.answered(header.command(), error, bytes, nanoClock.getAsLong() - request.begunNanos);
  }

  /**
   * The request is over, exactly once for each.
   *
   * @param sent whether its reply holds what it held, and gives it back once it is sent
   */
  private void end(InFlight request, boolean sent) {
    request.call.release();
    request.call = NoCall.NONE;
    boolean heldByReply = sent && holdsByReply(request.header.command());
    if (!heldByReply) share.give(heldBytes(request.header));
    underWay.remove(request);
    if (underWay.isEmpty()) owner.idle();
    owner.roomAgain();
  }

  // What the connection asks for.

  /** Looks at what waits for the volume: tries again, or gives up. */
  void scan(long nowNanos) {
    for (InFlight request : List.copyOf(underWay)) {
      if (request.answered) continue;
      if (nowNanos - request.begunNanos >= limits.store().toNanos()) giveUp(request);
      else if (request.at == InFlight.At.AGAIN) again(request);
    }
  }

  private void again(InFlight request) {
    request.at = InFlight.At.GATE;
    if (gate.enter(request.passage, request)) admittedLater(request);
  }

  private void giveUp(InFlight request) {
    String detail =
        switch (request.at) {
          case GATE -> "the volume was held still for longer than %d ms";
          case WORKER -> "the volume did not answer within %d ms";
          case AGAIN -> "the volume was not available for %d ms";
        };
    detail = detail.formatted(limits.store().toMillis());
    answerWithError(request, ErrorNumber.EIO, detail);
    request.answered = true;
    observer.storeSilent(owner.info(), request.header.command(), detail);
    if (outside(request)) end(request, false);
    outbox.flushSoon();
  }

  /** Whether neither the gate nor a worker has it, nor will. */
  private boolean outside(InFlight request) {
    return switch (request.at) {
      case GATE -> gate.withdraw(request);
      case WORKER -> false;
      case AGAIN -> true;
    };
  }

  /** From now on every request is refused; those under way go on. */
  void refuseFromNow() {
    refusing = true;
  }

  /** The connection is gone: what waits outside ends now, what is inside when it comes back. */
  void close() {
    if (closed) return;
    closed = true;
    outbox.close();
    share.give(arrivingBytes);
    for (InFlight request : new ArrayList<>(underWay)) {
      if (outside(request)) end(request, false);
    }
    share.close();
    if (underWay.isEmpty()) owner.idle();
  }

  boolean isIdle() {
    return underWay.isEmpty();
  }

  Outbox outbox() {
    return outbox;
  }

  int underWay() {
    return underWay.size();
  }

  long requests() {
    return requests;
  }

  long readBytes() {
    return readBytes;
  }

  long writtenBytes() {
    return writtenBytes;
  }

  void onLoop(Runnable work) {
    if (channel.executor().inEventLoop()) {
      runHere(work);
      return;
    }
    try {
      channel.executor().execute(() -> runHere(work));
    } catch (RejectedExecutionException _) {
      runHere(work); // the loop has ended, and with it everybody else who could be in here
    }
  }

  /** A reply that cannot be written costs the connection: its client would wait for it for ever. */
  private void runHere(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | OutOfMemoryError lost) {
      channel.pipeline().fireExceptionCaught(lost);
    }
  }

  private static boolean hasRange(Command command) {
    return command != Command.FLUSH && command != Command.RESIZE;
  }

  /** What is held because of a request: its data, in either direction, and long replies. */
  private static long heldBytes(RequestHeader request) {
    return request.command() == Command.BLOCK_STATUS
        ? StatusCall.replyBytesMax(request)
        : dataBytes(request);
  }

  private static long dataBytes(RequestHeader request) {
    return switch (request.command()) {
      case READ, WRITE -> request.lengthBytes();
      case DISC, FLUSH, TRIM, CACHE, WRITE_ZEROES, BLOCK_STATUS, RESIZE, UNKNOWN -> 0;
    };
  }

  private static boolean holdsByReply(Command command) {
    return command == Command.READ || command == Command.BLOCK_STATUS;
  }
}
