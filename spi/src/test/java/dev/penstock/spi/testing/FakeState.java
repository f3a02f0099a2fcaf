package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ModuleState;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a module remembers, in memory: survives a restart of the module, not of the test. As with
 * the host's, what is asked for can be read once it is durable, which a test can {@link #hold}.
 */
public final class FakeState implements ModuleState {
  private static final Duration AWAIT_LIMIT = Duration.ofSeconds(20);

  private final Map<String, String> values = new ConcurrentHashMap<>();
  private final List<Commit> held = new ArrayList<>();
  private boolean holding;

  private record Commit(@Nullable Context caller, Runnable change, Promise<Void> done) {
    void happen() {
      change.run();
      if (caller == null) done.complete();
      else caller.runOnContext(_ -> done.complete());
    }
  }

  /** A disk that takes its time. */
  public final class Hold implements AutoCloseable {
    /** Waits until so many changes wait for the disk. */
    public void awaitHeld(int changes) {
      long deadline = System.nanoTime() + AWAIT_LIMIT.toNanos();
      synchronized (FakeState.this) {
        while (held.size() < changes) {
          long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
          if (leftMillis <= 0) throw new AssertionError("%d changes wait".formatted(held.size()));
          try {
            FakeState.this.wait(leftMillis);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
          }
        }
      }
    }

    /** All that waits happens now, in its order, and whatever comes later at once. */
    @Override
    public void close() {
      synchronized (FakeState.this) {
        holding = false;
        held.forEach(Commit::happen);
        held.clear();
      }
    }
  }

  /** From now on nothing becomes durable, until this is closed. */
  public synchronized Hold hold() {
    holding = true;
    return new Hold();
  }

  @Override
  public Map<String, String> all() {
    return Map.copyOf(values);
  }

  @Override
  public Future<Void> put(String key, String value) {
    if (value.length() > VALUE_CHARACTERS_MAX)
      return Future.failedFuture(
          new GatewayError.Invalid("%s: %d characters".formatted(key, value.length())));
    return change(() -> values.put(key, value));
  }

  @Override
  public Future<Void> remove(String key) {
    return change(() -> values.remove(key));
  }

  private synchronized Future<Void> change(Runnable change) {
    if (!holding) {
      change.run();
      return Future.succeededFuture();
    }
    Promise<Void> done = Promise.promise();
    held.add(new Commit(Vertx.currentContext(), change, done));
    notifyAll();
    return done.future();
  }
}
