package dev.penstock.replication.forward;

import dev.penstock.replication.flow.HttpLine;
import dev.penstock.replication.flow.HttpLine.Answer;
import dev.penstock.replication.flow.HttpLine.Asked;
import dev.penstock.replication.flow.HttpLine.Question;
import dev.penstock.replication.flow.Waiting;
import dev.penstock.replication.peer.Api;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Retry;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The connections of one client to where its volume is now: some, as it has calls under way, and
 * none before the first. What was asked over them ends with them, there as well.
 *
 * <p><b>Lifecycle.</b> {@link #close} cuts them, whatever is under way. <b>Threads.</b> Calls wait,
 * on virtual threads; {@link #close}: any, and never blocks. <b>Errors.</b> Those of the store
 * there; {@link GatewayError.Unavailable} for what was certainly not done, once it has been asked
 * for long enough; {@link GatewayError.Failed} of scope {@link Scope#REQUEST} for a change of which
 * nobody knows whether it was.
 */
final class ForwardLine {
  /** Side by side: enough to keep a disk busy, and few enough for a thousand clients. */
  private static final int CONNECTIONS_MAX = 4;

  /** The other side ends one that is silent for minutes: one that has been for this is not used. */
  private static final Duration IDLE_MAX = Duration.ofSeconds(30);

  private final Successor to;
  private final Semaphore free = new Semaphore(CONNECTIONS_MAX);
  private final Deque<Idle> idle = new ConcurrentLinkedDeque<>();
  private final Set<HttpLine> open = ConcurrentHashMap.newKeySet();
  private final CompletableFuture<Boolean> closed = new CompletableFuture<>();

  private record Idle(HttpLine line, long sinceNanos) {}

  /**
   * Something to ask.
   *
   * @param query behind the path; perhaps empty
   */
  record Call(String method, String what, String query, Buffer body, Effect effect) {
    boolean changes() {
      return effect != Effect.NONE;
    }
  }

  /** What a call leaves behind. What changes anything must not be done twice. */
  enum Effect {
    NONE,
    CHANGE,
    /** A change that survives whatever happens there. */
    DURABLE_CHANGE
  }

  ForwardLine(Successor to) {
    this.to = to;
  }

  /** Asks, again and again while it certainly was not done, and the other side is away. */
  Answer ask(Call call, Duration wait) {
    long end = System.nanoTime() + wait.toNanos();
    try {
      while (true) {
        to.requireLed();
        requireOpen();
        try {
          return once(call);
        } catch (GatewayError.Unavailable away) {
          Duration left = Duration.ofNanos(end - System.nanoTime());
          if (!left.isPositive() || closed.isDone()) throw away;
          pause(soonest(delay(away), Api.ASK_AGAIN, left));
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw to.away("the call was interrupted");
    }
  }

  private static Duration delay(GatewayError away) {
    return away.retry() instanceof Retry.After(Duration delay) ? delay : Api.ASK_AGAIN;
  }

  private static Duration soonest(Duration one, Duration other, Duration third) {
    Duration sooner = one.compareTo(other) < 0 ? one : other;
    return sooner.compareTo(third) < 0 ? sooner : third;
  }

  private void pause(Duration delay) throws InterruptedException {
    try {
      closed.get(Math.max(1, delay.toMillis()), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      // It is time to ask again.
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private Answer once(Call call) throws InterruptedException {
    HttpLine line = take();
    boolean sound = false;
    try {
      Asked asked = line.ask(question(call));
      Answer answer = answered(call, asked);
      sound = true;
      to.heard(answer, call.effect());
      if (answer.status() / 100 == 2) return answer;
      throw to.refusal(answer, call.changes());
    } finally {
      giveBack(line, sound);
    }
  }

  private Question question(Call call) {
    return new Question(
        call.method(),
        to.path(call.what()) + call.query(),
        to.headers(call.changes()),
        call.body());
  }

  private Answer answered(Call call, Asked asked) throws InterruptedException {
    try {
      return Waiting.on(asked.answer(), ForwardApi.ANSWER_MAX, Scope.CONNECTION, "the answer");
    } catch (RuntimeException broken) {
      if (asked.withdraw() || !call.changes()) throw to.away(String.valueOf(broken.getMessage()));
      throw to.unknown(String.valueOf(broken.getMessage()));
    } catch (InterruptedException leaving) {
      boolean _ = asked.withdraw();
      throw leaving;
    }
  }

  private HttpLine take() throws InterruptedException {
    if (!free.tryAcquire(ForwardApi.ANSWER_MAX.toMillis(), TimeUnit.MILLISECONDS))
      throw to.away("all of the client's connections are busy");
    try {
      requireOpen();
      HttpLine line = unused().orElse(null);
      return line == null ? connect() : line;
    } catch (InterruptedException | RuntimeException e) {
      free.release();
      throw e;
    }
  }

  private Optional<HttpLine> unused() {
    long now = System.nanoTime();
    for (Idle one = idle.pollLast(); one != null; one = idle.pollLast()) {
      boolean stale = now - one.sinceNanos() > IDLE_MAX.toNanos();
      if (!stale && !one.line().isClosed()) return Optional.of(one.line());
      end(one.line());
    }
    return Optional.empty();
  }

  private HttpLine connect() throws InterruptedException {
    HttpLine line;
    try {
      line =
          Waiting.on(
              to.connect(), Api.CONNECT_LIMIT, Scope.CONNECTION, "a connection", HttpLine::cut);
    } catch (RuntimeException unreachable) {
      throw to.away(String.valueOf(unreachable.getMessage()));
    }
    open.add(line);
    if (closed.isDone()) line.cut();
    return line;
  }

  private void giveBack(HttpLine line, boolean sound) {
    if (sound && !line.isClosed()) idle.addLast(new Idle(line, System.nanoTime()));
    else end(line);
    if (closed.isDone()) end(line);
    free.release();
  }

  private void end(HttpLine line) {
    open.remove(line);
    line.cut();
  }

  private void requireOpen() {
    if (closed.isDone()) throw to.away("nobody is led on there any more");
  }

  /** Harmless twice. */
  void close() {
    closed.complete(true);
    open.forEach(HttpLine::cut);
    free.release(Short.MAX_VALUE); // whoever waits for one sees that there is none
  }
}
