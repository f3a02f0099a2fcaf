package dev.penstock.nbd.receive;

import dev.penstock.nbd.transmit.StoreFailure;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.volume.OpenVolume;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One source, from its connection to its end. There is no limit to how long it may be silent: a
 * source whose speed is limited may pause for as long as it likes.
 *
 * <pre>
 *   WAITING ─► RECEIVING ─► COMPLETING ─► over       the disconnect message, and nothing is missing
 *      └───────────┴───────────────────────►┘        anything else
 * </pre>
 *
 * <p><b>Threads.</b> Its connection's event loop; {@link #ended}, {@link #end}, {@link
 * #missingBytes}: any.
 */
public final class Arrival extends ChannelInboundHandlerAdapter {
  /** Who knows what is received here. */
  public interface Owner {
    /** Completes once nothing is left of the source before. Does not fail. */
    Future<Void> ready();

    /** Opens the volume for this source alone. Fails if nothing can be received now. */
    Future<OpenVolume> open();

    /** Bytes that are durable now. */
    void received(long bytes);

    /** Nothing is missing, and the volume is closed: it is ours when the future succeeds. */
    Future<Void> complete();
  }

  private static final int HELLO_BYTES = 152;

  private final String peer;
  private final long sizeBytes;
  private final Owner owner;
  private final SourceDecoder decoder;
  private final Coverage coverage;
  private final Deque<Step> steps = new ArrayDeque<>();
  private final ByteBuf inbox = Unpooled.buffer();
  private final Promise<Void> disconnected = Promise.promise();
  private final Promise<Void> ended = Promise.promise();

  private volatile @Nullable ChannelHandlerContext channel;
  private volatile Optional<OpenVolume> volume = Optional.empty();
  private volatile Optional<Work> work = Optional.empty();
  private @Nullable ScheduledFuture<?> drainLimit;
  private boolean greeted;
  private boolean working;
  private boolean gone;
  private boolean complete;
  private Optional<String> why = Optional.empty();
  private volatile Optional<String> unwanted = Optional.empty();
  private volatile long missingBytes;

  Arrival(String peer, long sizeBytes, Owner owner) {
    this.peer = peer;
    this.sizeBytes = sizeBytes;
    this.owner = owner;
    this.decoder = new SourceDecoder(sizeBytes);
    this.coverage = new Coverage(sizeBytes);
    this.missingBytes = sizeBytes;
  }

  String peer() {
    return peer;
  }

  long missingBytes() {
    return missingBytes;
  }

  /** Completes once there is no connection. */
  Future<Void> disconnected() {
    return disconnected.future();
  }

  /** Completes once nothing of it is under way, and the volume is closed. */
  public Future<Void> ended() {
    return ended.future();
  }

  /** Why it ended; the end of the connection, if there is nothing else to say. */
  String why() {
    return why.orElse("the connection ended");
  }

  boolean isComplete() {
    return complete;
  }

  void end(String because) {
    unwanted = Optional.of(because);
    ChannelHandlerContext here = channel;
    if (here != null) here.executor().execute(() -> leave(because));
  }

  /** The connection was never made. */
  public void neverCame() {
    gone = true;
    disconnected.tryComplete();
    letGo();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    channel = added;
  }

  @Override
  public void channelActive(ChannelHandlerContext here) {
    owner.ready().onComplete(_ -> here.executor().execute(() -> greet(here)));
  }

  /** Says what there is; the volume is opened once it is asked for anything. */
  private void greet(ChannelHandlerContext here) {
    greeted = true;
    if (unwanted.isPresent()) leave(unwanted.get());
    ByteBuf hello = here.alloc().directBuffer(HELLO_BYTES);
    hello
        .writeLong(Wire.NBDMAGIC)
        .writeLong(Wire.OLD_STYLE_MAGIC)
        .writeLong(sizeBytes)
        .writeInt(Wire.EXPORT_HAS_FLAGS | Wire.EXPORT_SEND_FLUSH | Wire.EXPORT_SEND_FUA)
        .writeZero(Wire.OLD_STYLE_ZEROES_BYTES);
    ChannelFuture _ = here.writeAndFlush(hello, here.voidPromise());
    go();
  }

  @Override
  public void channelRead(ChannelHandlerContext here, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      if (!gone) inbox.discardReadBytes().writeBytes(in);
    } finally {
      in.release();
    }
    go();
  }

  /** Takes in what it can, and gives the store what there is to do. */
  private void go() {
    ChannelHandlerContext here = channel;
    if (here == null || !greeted) return;
    if (!gone) {
      boolean reads = here.channel().isWritable(); // else nothing is asked for that is not read
      if (reads) decoder.decode(inbox, steps);
      watchDraining(here);
      here.channel().config().setAutoRead(reads && !inbox.isReadable(Wire.REQUEST_BYTES));
    }
    if (working) return;
    // What was said before the end counts, if that was the disconnect message.
    boolean due = !steps.isEmpty() && (!gone || steps.getLast() instanceof Step.Disconnect);
    if (due) run(here);
    else letGo();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext here) {
    if (here.channel().isWritable()) go();
    here.fireChannelWritabilityChanged();
  }

  private void run(ChannelHandlerContext here) {
    List<Step> batch = new ArrayList<>(steps);
    steps.clear();
    working = true;
    worker(batch)
        .compose(doing ->
            doing.isPresent()
                ? opened().run(() -> doing.get().of(batch))
                : Future.succeededFuture(Work.nothing(batch)))
        .onComplete(outcome -> here.executor().execute(() -> done(here, batch, outcome)));
  }

  /** Opens the volume, if it is needed. */
  private Future<Optional<Work>> worker(List<Step> batch) {
    if (work.isPresent() || !Work.isAny(batch)) return Future.succeededFuture(work);
    return owner
        .open()
        .map(made -> {
          volume = Optional.of(made);
          work = Optional.of(new Work(made.volume()));
          return work;
        });
  }

  private OpenVolume opened() {
    return volume.orElseThrow(() -> new IllegalStateException("not open"));
  }

  private void done(ChannelHandlerContext here, List<Step> batch, AsyncResult<Work.Done> outcome) {
    working = false;
    for (Step step : batch)
      if (step instanceof Step.Piece(long _, ByteBuffer bytes)) decoder.giveBack(bytes);
    if (outcome.failed()) {
      leave(StoreFailure.reason(outcome.cause()));
    } else {
      try {
        cover(outcome.result().written());
        answer(here, outcome.result().answers());
        last(here, batch.getLast());
      } catch (RuntimeException tooMuch) {
        leave(StoreFailure.reason(tooMuch));
      }
    }
    go();
  }

  private void cover(List<Step.Written> written) {
    for (Step.Written one : written) {
      coverage.add(one.offset(), one.lengthBytes());
      owner.received(one.lengthBytes());
    }
    missingBytes = coverage.missingBytes();
  }

  private void answer(ChannelHandlerContext here, List<Work.Answer> answers) {
    if (gone || answers.isEmpty()) return;
    for (Work.Answer answer : answers) {
      ByteBuf header = here.alloc().directBuffer(Wire.SIMPLE_REPLY_BYTES);
      header
          .writeInt(Wire.SIMPLE_REPLY_MAGIC)
          .writeInt(answer.error().map(error -> error.code()).orElse(0))
          .writeLong(answer.cookie());
      ChannelFuture _ = here.write(header, here.voidPromise());
      answer
          .data()
          .ifPresent(data -> {
            ChannelFuture _ = here.write(Unpooled.wrappedBuffer(data), here.voidPromise());
          });
    }
    here.flush();
    decoder.answered();
  }

  /** Nothing comes after either of these. */
  private void last(ChannelHandlerContext here, Step step) {
    if (gone && !(step instanceof Step.Disconnect)) return;
    switch (step) {
      case Step.Broken(long _, var _, String what) -> {
        why = Optional.of(what);
        leaveAfterAnswers(here);
      }
      case Step.Disconnect _ -> allSaid();
      default -> {}
    }
  }

  /** What was written before it is durable: each of them was answered. */
  private void allSaid() {
    if (missingBytes > 0) {
      leave("it disconnected, and %d bytes were never written".formatted(missingBytes));
      return;
    }
    working = true; // until it is decided, whatever becomes of the connection
    letGoOfVolume()
        .compose(_ -> owner.complete())
        .onComplete(decided -> {
          ChannelHandlerContext here = channel;
          if (here != null) here.executor().execute(() -> decided(decided));
        });
  }

  private void decided(AsyncResult<Void> decided) {
    working = false;
    complete = decided.succeeded();
    leave(
        complete
            ? "complete"
            : "it could not be promoted: " + StoreFailure.reason(decided.cause()));
    letGo();
  }

  private void watchDraining(ChannelHandlerContext here) {
    if (!decoder.isDraining()) {
      if (drainLimit != null) drainLimit.cancel(false);
      drainLimit = null;
    } else if (drainLimit == null) {
      drainLimit =
          here.executor()
              .schedule(
                  () -> leave("it did not end a request that was refused"),
                  ReceiveLimits.DRAIN.toMillis(),
                  TimeUnit.MILLISECONDS);
    }
  }

  private void leave(String because) {
    if (why.isEmpty()) why = Optional.of(because);
    ChannelHandlerContext here = channel;
    if (here != null) {
      ChannelFuture _ = here.close();
    }
  }

  private static void leaveAfterAnswers(ChannelHandlerContext here) {
    here.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void channelInactive(ChannelHandlerContext here) {
    gone = true;
    disconnected.tryComplete();
    if (drainLimit != null) drainLimit.cancel(false);
    if (greeted) go();
    else letGo();
    here.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext here, Throwable cause) {
    leave("the connection broke: " + cause.getMessage());
  }

  private void letGo() {
    if (!gone || working) return;
    inbox.clear();
    letGoOfVolume().onComplete(_ -> ended.tryComplete());
  }

  private Future<Void> letGoOfVolume() {
    return volume.map(OpenVolume::close).orElseGet(Future::succeededFuture);
  }
}
