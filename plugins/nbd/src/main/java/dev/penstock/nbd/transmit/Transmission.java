package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.export.ServedExports.Attachment;
import dev.penstock.nbd.handshake.Decision;
import dev.penstock.nbd.handshake.SelectedContext;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Dialect;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Replies;
import dev.penstock.nbd.wire.RequestDecoder;
import dev.penstock.nbd.wire.RequestHeader;
import dev.penstock.nbd.wire.StructuredReplies;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeGate;
import dev.penstock.spi.volume.VolumeGate.Passage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The requests of one connection, from the client's bytes to the replies. Requests run side by side
 * and are answered as they finish: "the server MAY reply to outstanding requests in any order".
 *
 * <p><b>Threads.</b> The connection's event loop.
 */
final class Transmission implements RequestDecoder.Receiver, StoreWaits.Owner {
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
  private final Supplier<Limits> limitsNow;
  private final LongSupplier nanoClock;
  private final RequestRules rules;
  private final Replies replies;
  private final VolumeGate gate;
  private final Dialect dialect;
  private final List<SelectedContext> contexts;
  private long sizeBytes;

  private final Outbox outbox;
  private final Reads reads;
  private final Share share;
  private final Pace pace;
  private final StoreWaits waits;
  private RequestRules.Verdict verdict = new RequestRules.Verdict.Accept();
  private Limits limits;
  private int unreadAnswersBytes;
  private long arrivingBytes;
  private long takenAheadBytes;
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
      Attachment attachment,
      boolean inClear,
      Budget.Waiter waiter) {
    this.channel = channel;
    this.owner = owner;
    this.observer = surroundings.observer();
    this.limitsNow = surroundings.limitsNow();
    this.limits = surroundings.limits();
    this.unreadAnswersBytes = limits.unreadAnswersBytes();
    this.nanoClock = surroundings.nanoClock();
    this.gate = attachment.gate();
    this.dialect = agreed.dialect();
    this.contexts = agreed.contexts();
    this.sizeBytes = agreed.offer().sizeBytes();
    this.replies = agreed.replies();
    Set<VolumeCapability> can = gate.volume().volume().capabilities();
    this.rules = new RequestRules(agreed, can.contains(VolumeCapability.FAST_ZERO));
    this.share =
        new Share(attachment.budget(), limits.allowanceBytes(), limits.connectionBytes(), waiter);
    this.pace =
        new Pace(
            attachment.throttle(),
            attachment.volumeThrottle(),
            channel.executor(),
            nanoClock,
            owner::roomAgain);
    this.outbox =
        new Outbox(
            channel,
            bytes -> {
              share.give(bytes);
              owner.roomAgain();
            });
    this.reads = new Reads(replies, outbox, gate, channel.alloc(), inClear);
    this.waits = new StoreWaits(channel, gate, this);
  }

  // What comes in: RequestDecoder.Receiver.

  @Override
  public boolean readNow(long cookie, long offset, long lengthBytes) {
    if (refusing
        || waits.size() >= limits.requests()
        || !rules.acceptsRead(offset, lengthBytes, sizeNow())
        || hasToRead()
        || !pace.letsRead(lengthBytes)
        || !share.take(lengthBytes)) return false;
    long begunNanos = nanoClock.getAsLong();
    boolean answered = false;
    try {
      answered = readInside(cookie, offset, (int) lengthBytes);
    } finally {
      // Kept for when it comes again, which is at once: given back, they would go to somebody else,
      // who would do the same, and nobody would ever get on.
      if (!answered) takenAheadBytes = lengthBytes;
    }
    if (!answered) return false;
    paid();
    requests++;
    readBytes += lengthBytes;
    observer.answered(
        Command.READ, Optional.empty(), lengthBytes, nanoClock.getAsLong() - begunNanos);
    return true;
  }

  private boolean readInside(long cookie, long offset, int lengthBytes) {
    if (!gate.tryEnter(Passage.READ)) return false;
    try {
      return reads.answer(cookie, offset, lengthBytes);
    } catch (OutOfMemoryError _) {
      return false; // as a request it is answered with that
    } finally {
      gate.leave(Passage.READ);
    }
  }

  @Override
  public RequestDecoder.Admission admit(RequestHeader request) {
    long ahead = takenAheadBytes;
    takenAheadBytes = 0;
    verdict = refusing ? shutDown(request) : rules.check(request, sizeNow());
    if (request.command() == Command.DISC) return RequestDecoder.Admission.TAKE;
    boolean refused = verdict instanceof RequestRules.Verdict.Refuse;
    boolean later = hasToRead() || (!refused && waits.size() >= limits.requests());
    if (refused) pace.dropped();
    if (refused || later || !pace.lets(request)) {
      share.give(ahead);
      share.close(); // the common budget is not what it is short of: others go first
      return later || !refused ? RequestDecoder.Admission.WAIT : RequestDecoder.Admission.REFUSE;
    }
    if (ahead == 0 && !share.take(InFlight.heldBytes(request))) {
      return RequestDecoder.Admission.WAIT;
    }
    paid();
    return RequestDecoder.Admission.TAKE;
  }

  /** The request at the head goes. */
  private void paid() {
    long heldBackNanos = pace.took();
    if (heldBackNanos > 0) observer.throttled(heldBackNanos);
  }

  /** Whether the client has to read some of what it was answered before it is answered more. */
  private boolean hasToRead() {
    return outbox.looseBytes() > unreadAnswersBytes || !channel.channel().isWritable();
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
    StoreCall call =
        switch (request.command()) {
          case READ -> NoCall.NONE; // its reply has room once it has passed the gate
          case BLOCK_STATUS -> new StatusCall(request, (StructuredReplies) replies, contexts);
          case WRITE, FLUSH, TRIM, CACHE, WRITE_ZEROES, RESIZE ->
              new ChangeCall(request, replies, payload);
          case DISC, UNKNOWN -> throw new IllegalStateException("never admitted: " + request);
        };
    waits.begin(request, call, now);
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

  // What happens to a request: StoreWaits.Owner.

  @Override
  public void admitted(InFlight request) {
    if (request.call instanceof NoCall) {
      try {
        request.call = reads.call(request.header);
      } catch (OutOfMemoryError _) {
        waits.leave(request);
        endWithError(request, ErrorNumber.ENOMEM, "no buffer for the reply");
        return;
      }
    }
    waits.submit(request);
  }

  @Override
  public void admittedLater(InFlight request) {
    admitted(request);
    if (!closed) outbox.flushSoon();
  }

  @Override
  public void performed(InFlight request, Optional<Throwable> failure) {
    if (failure.isEmpty()) succeed(request);
    else fail(request, failure.get());
  }

  private void succeed(InFlight request) {
    StoreCall call = request.call;
    request.call = NoCall.NONE;
    long heldByReply = 0;
    try {
      heldByReply = call.reply(outbox);
      // Only who asked for it sees the volume grow: the others have been promised their size.
      if (request.header.command() == Command.RESIZE) {
        sizeBytes = Math.max(sizeBytes, request.header.offset());
      }
      answered(request.header, request.begunNanos, Optional.empty());
    } finally {
      end(request, heldByReply);
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
      end(request, 0);
    }
  }

  private void answerWithError(InFlight request, ErrorNumber error, String reason) {
    replies.failed(outbox.room(Replies.STATUS_BYTES_MAX), request.header, error, reason);
    answered(request.header, request.begunNanos, Optional.of(error));
  }

  private void answered(RequestHeader header, long begunNanos, Optional<ErrorNumber> error) {
    long bytes = error.isEmpty() ? InFlight.dataBytes(header) : 0;
    if (header.command() == Command.READ) readBytes += bytes;
    else writtenBytes += bytes;
    observer.answered(header.command(), error, bytes, nanoClock.getAsLong() - begunNanos);
  }

  /**
   * The request is over, exactly once for each.
   *
   * @param heldByReply what its reply holds of that, and gives back once it is sent
   */
  private void end(InFlight request, long heldByReply) {
    request.call.release();
    request.call = NoCall.NONE;
    share.give(InFlight.heldBytes(request.header) - heldByReply);
    waits.remove(request);
    if (waits.isEmpty()) owner.idle();
    owner.roomAgain();
  }

  @Override
  public void gaveUp(InFlight request, String detail) {
    answerWithError(request, ErrorNumber.EIO, detail);
    observer.storeSilent(owner.info(), request.header.command(), detail);
    outbox.flushSoon();
  }

  @Override
  public void over(InFlight request) {
    end(request, 0);
  }

  @Override
  public void postponed() {
    owner.roomAgain();
  }

  // What the connection asks for.

  /** All that was received has been taken: nothing else comes soon. */
  void inputEnds() {
    waits.inputEnds();
  }

  /** Looks at what waits for the volume. */
  void scan(long nowNanos) {
    Limits before = limits;
    limits = limitsNow.get(); // here, and not with every request
    unreadAnswersBytes = limits.unreadAnswersBytes();
    share.limit(limits.connectionBytes());
    if (!limits.equals(before)) owner.roomAgain(); // what had to wait may go
    waits.scan(limits.store(), nowNanos);
  }

  /** From now on every request is refused; those under way go on. */
  void refuseFromNow() {
    refusing = true;
  }

  /** Nothing is admitted any more: whoever stands in line behind it goes first. */
  void takesNoMore() {
    waits.inputEnds();
    share.close();
    pace.dropped();
  }

  /** The connection is gone: what waits outside ends now, what is inside when it comes back. */
  void close() {
    if (closed) return;
    closed = true;
    outbox.close();
    pace.close();
    share.give(arrivingBytes + takenAheadBytes);
    waits.close();
    share.close();
    if (waits.isEmpty()) owner.idle();
  }

  boolean isIdle() {
    return waits.isEmpty();
  }

  /** See {@link Share#keepsWaiting}. */
  long keepsWaiting() {
    return share.keepsWaiting();
  }

  Outbox outbox() {
    return outbox;
  }

  int underWay() {
    return waits.size();
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

  private static boolean hasRange(Command command) {
    return command != Command.FLUSH && command != Command.RESIZE;
  }
}
