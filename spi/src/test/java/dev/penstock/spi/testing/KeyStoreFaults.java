package dev.penstock.spi.testing;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What goes wrong in a {@link MemoryKeyStore}, and what was asked of it. Faults come before a call
 * does anything: one that fails has changed nothing, and one that is held has not begun to.
 *
 * <p><b>Threads.</b> Any.
 */
public final class KeyStoreFaults {
  /** What can be counted, held, failed and refused. */
  public enum Call {
    PRESENT,
    GET,
    /** Refused: the content is not wanted. */
    WANTS,
    PUT,
    BEGIN,
    WRITE,
    /** Refused: the content is not stored. */
    COMPLETE,
    OTHERWISE,
    /** Refused: the content stays. */
    REMOVE,
    TIMESTAMP,
    /** Refused: the content is not locked. */
    LOCK,
    RELEASE
  }

  private final Map<Call, Integer> begun = new EnumMap<>(Call.class);
  private final Map<Call, Integer> failures = new EnumMap<>(Call.class);
  private final Map<Call, Supplier<? extends Throwable>> failing = new EnumMap<>(Call.class);
  private final Map<Call, Hold> holds = new EnumMap<>(Call.class);
  private final Set<Call> refused = EnumSet.noneOf(Call.class);

  KeyStoreFaults() {}

  /** The next so many such calls fail, with an error of its own each. */
  public synchronized void failNext(int times, Call call, Supplier<? extends Throwable> error) {
    failures.put(call, times);
    failing.put(call, error);
  }

  /** From now on every such call fails. */
  public void failAll(Call call, Supplier<? extends Throwable> error) {
    failNext(Integer.MAX_VALUE, call, error);
  }

  /** From now on such calls are answered with no, as the calls' own words are. */
  public synchronized void refuse(Call call) {
    refused.add(call);
  }

  /** Nothing fails or is refused any more. What is held stays held. */
  public synchronized void heal() {
    failures.clear();
    failing.clear();
    refused.clear();
  }

  /** Such calls wait, and hold no thread, until the hold is closed. */
  public synchronized Hold hold(Call call) {
    Hold hold = new Hold(this, call);
    holds.put(call, hold);
    return hold;
  }

  /** How many such calls came in, whatever became of them. */
  public synchronized int begun(Call call) {
    return begun.getOrDefault(call, 0);
  }

  synchronized boolean refuses(Call call) {
    return refused.contains(call);
  }

  /** Completes, on the context that asks, when the call may go on. */
  Future<Void> begin(Call call) {
    Future<Void> passed;
    synchronized (this) {
      begun.merge(call, 1, Integer::sum);
      passed =
          Optional.ofNullable(holds.get(call)).map(Hold::pass).orElseGet(Future::succeededFuture);
    }
    return passed.compose(_ -> failing(call));
  }

  private synchronized Future<Void> failing(Call call) {
    int left = failures.getOrDefault(call, 0);
    if (left == 0) return Future.succeededFuture();
    failures.put(call, left - 1);
    return Future.failedFuture(failing.getOrDefault(call, IllegalStateException::new).get());
  }

  private synchronized void forget(Hold hold) {
    holds.remove(hold.call, hold);
  }

  /** Calls that wait; closing it lets all of them go on. */
  public static final class Hold implements AutoCloseable {
    private final KeyStoreFaults faults;
    private final Call call;
    private final Promise<Void> released = Promise.promise();
    private int held;

    private Hold(KeyStoreFaults faults, Call call) {
      this.faults = faults;
      this.call = call;
    }

    private synchronized Future<Void> pass() {
      held++;
      Promise<Void> here = Promise.promise();
      Optional<Context> asking = Optional.ofNullable(Vertx.currentContext());
      released
          .future()
          .onComplete(_ ->
              asking.ifPresentOrElse(
                  context -> context.runOnContext(_ -> here.complete()), here::complete));
      return here.future();
    }

    /** How many have come to wait. */
    public synchronized int held() {
      return held;
    }

    /** Harmless twice. */
    @Override
    public void close() {
      faults.forget(this);
      released.tryComplete();
    }
  }
}
