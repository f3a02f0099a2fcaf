package dev.penstock.p2p.line;

import dev.penstock.p2p.flow.Home;
import dev.penstock.p2p.flow.Stall;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.process.Child;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * A child that is spoken to in lines and data. What nobody asked for, its end, and silence of a
 * child that is waited for end it.
 *
 * <p><b>Lifecycle.</b> {@link #close}, which kills the child; so does its own end. <b>Threads.</b>
 * The home of whoever made it, which started the child.
 */
final class LineChannel {
  /** Between the end of a child's output and its own, of which its last words are known. */
  private static final Duration EXIT = Duration.ofSeconds(2);

  private static final Duration ASK_AGAIN = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final Home home;
  private final Child child;
  private final String repository;
  private final LineDecoder decoder = new LineDecoder();
  private final Stall stall;
  private final Promise<GatewayError> over = Promise.promise();
  private final Deque<Promise<Void>> sending = new ArrayDeque<>(); // in order: the first is removed
  private Optional<Promise<String>> asking = Optional.empty();
  private Optional<DataReader> reading = Optional.empty();
  private Duration limit;
  private final Duration stallLimit;
  private boolean held;
  private boolean idle;
  private boolean ended;

  /** Who takes data. */
  interface DataReader {
    void came(Buffer bytes, boolean last);

    void failed(GatewayError why);
  }

  /**
   * @param repository what messages call it
   */
  LineChannel(Vertx vertx, Home home, Child child, String repository, Duration stallLimit) {
    this.vertx = vertx;
    this.home = home;
    this.child = child;
    this.repository = repository;
    this.stallLimit = stallLimit;
    this.limit = stallLimit;
    this.stall = new Stall(vertx, this::stalled);
    child.stdin().exceptionHandler(_ -> {}); // each write says so itself
    child.stdout().exceptionHandler(_ -> home.run(this::outputEnded));
    child.stdout().endHandler(_ -> home.run(this::outputEnded));
    child.stdout().handler(bytes -> home.run(() -> came(bytes)));
  }

  Home home() {
    return home;
  }

  String repository() {
    return repository;
  }

  /** Completes, with the reason, once nothing can be said any more. */
  Future<GatewayError> over() {
    return over.future();
  }

  boolean isOver() {
    return over.future().isComplete();
  }

  /** Completes when the child has room for more. */
  Future<Void> send(Buffer bytes) {
    if (isOver()) return Future.failedFuture(over.future().result());
    Promise<Void> sent = Promise.promise();
    sending.add(sent);
    attend();
    child.stdin().write(bytes).onComplete(result -> home.run(() -> wrote(result, sent)));
    return sent.future();
  }

  private void wrote(AsyncResult<Void> result, Promise<Void> sent) {
    if (result.failed()) {
      outputEnded(); // it reads no more, which is its end; the reason comes with that
      return;
    }
    sending.remove(sent);
    attend();
    sent.tryComplete();
  }

  /** The next line. */
  Future<String> line(Duration within) {
    if (isOver()) return Future.failedFuture(over.future().result());
    Promise<String> line = Promise.promise();
    asking = Optional.of(line);
    limit = within;
    attend();
    cut();
    return line.future();
  }

  /** Has the next so many bytes, more than none, given to a reader. */
  void data(long bytes, DataReader reader) {
    if (isOver()) {
      reader.failed(over.future().result());
      return;
    }
    decoder.expectData(bytes);
    reading = Optional.of(reader);
    attend();
    cut();
  }

  /** No more data for now: the child waits, once nothing more fits between. */
  void hold() {
    held = true;
    if (!isOver()) child.stdout().pause();
    attend();
  }

  void goOn() {
    held = false;
    if (!isOver()) child.stdout().resume();
    attend();
    cut();
  }

  /** Whether nothing is under way: whatever comes then comes out of step. */
  void idle(boolean isIdle) {
    idle = isIdle;
    cut();
  }

  private void came(Buffer bytes) {
    if (isOver()) return;
    decoder.add(bytes);
    attend();
    cut();
  }

  private void cut() {
    try {
      while (!isOver() && !held && takesMore()) {
        Optional<LineDecoder.Piece> piece = decoder.next();
        if (piece.isEmpty()) break;
        hand(piece.get());
      }
    } catch (GatewayError broken) {
      close(broken);
      return;
    }
    if (!isOver() && idle && !decoder.isEmpty()) close(unasked());
  }

  private boolean takesMore() {
    return reading.isPresent() || asking.isPresent();
  }

  private void hand(LineDecoder.Piece piece) {
    switch (piece) {
      case LineDecoder.Piece.Line(String text) -> {
        Promise<String> waiting = asking.orElseThrow();
        asking = Optional.empty();
        limit = stallLimit;
        attend();
        waiting.complete(text);
      }
      case LineDecoder.Piece.Data(Buffer bytes, boolean last) -> {
        DataReader reader = reading.orElseThrow();
        if (last) reading = Optional.empty();
        attend();
        reader.came(bytes, last);
      }
    }
  }

  private GatewayError unasked() {
    return new GatewayError.Failed(
        Scope.CONNECTION, repository + " says something that nobody has asked for");
  }

  /** Whether the child is waited for. */
  private void attend() {
    boolean reads = reading.isPresent() && !held;
    if (!isOver() && (!sending.isEmpty() || asking.isPresent() || reads)) stall.waits(limit);
    else stall.rests();
  }

  private void stalled() {
    close(
        new GatewayError.Unavailable(
            Scope.CONNECTION,
            ASK_AGAIN,
            "%s has done nothing for %d s; its program was ended"
                .formatted(repository, limit.toSeconds())));
  }

  private void outputEnded() {
    if (ended || isOver()) return;
    ended = true;
    long timer = vertx.setTimer(EXIT.toMillis(), _ -> close(closedItsOutput()));
    child
        .exited()
        .onSuccess(exit -> {
          vertx.cancelTimer(timer);
          home.run(() -> close(Refusal.ended(exit, repository)));
        });
  }

  private GatewayError closedItsOutput() {
    return new GatewayError.Unavailable(
        Scope.CONNECTION, ASK_AGAIN, "the program of %s says no more".formatted(repository));
  }

  /** Ends the child; whoever waits gets the reason. Harmless twice. */
  void close(GatewayError why) {
    stall.close();
    child.kill();
    if (!over.tryComplete(why)) return;
    asking.ifPresent(waiting -> waiting.tryFail(why));
    reading.ifPresent(reader -> reader.failed(why));
    sending.forEach(sent -> sent.tryFail(why));
    sending.clear();
    asking = Optional.empty();
    reading = Optional.empty();
  }
}
