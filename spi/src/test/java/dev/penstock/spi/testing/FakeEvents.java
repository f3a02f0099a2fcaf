package dev.penstock.spi.testing;

import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Events that a test can look at and wait for. Threads: any. */
public final class FakeEvents implements Events {
  private static final Duration AWAIT_LIMIT = Duration.ofSeconds(20);

  private record Ear(@Nullable Context context, Consumer<GatewayEvent> subscriber) {
    void hear(GatewayEvent event) {
      if (context == null) subscriber.accept(event);
      else context.runOnContext(_ -> subscriber.accept(event));
    }
  }

  private final List<Ear> ears = new CopyOnWriteArrayList<>();
  private final List<GatewayEvent> published = new ArrayList<>();

  @Override
  public void publish(GatewayEvent event) {
    synchronized (this) {
      published.add(event);
      notifyAll();
    }
    ears.forEach(ear -> ear.hear(event));
  }

  @Override
  public Subscription subscribe(Consumer<GatewayEvent> subscriber) {
    Ear ear = new Ear(Vertx.currentContext(), subscriber);
    ears.add(ear);
    return () -> ears.remove(ear);
  }

  /** Everything that was published, oldest first. */
  public synchronized List<GatewayEvent> all() {
    return List.copyOf(published);
  }

  public <T extends GatewayEvent> List<T> all(Class<T> type) {
    return all().stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** A module's own events of one type, such as {@code nbd.connection-cut}. */
  public List<GatewayEvent.ModuleEvent> all(String type) {
    return all(GatewayEvent.ModuleEvent.class).stream()
        .filter(event -> event.type().equals(type))
        .toList();
  }

  /** Waits for the first event of a type, also one that was published before. */
  public <T extends GatewayEvent> T await(Class<T> type) {
    return type.cast(await(type.getSimpleName(), type::isInstance));
  }

  /** As {@link #await(Class)}, for a module's own event. */
  public GatewayEvent.ModuleEvent await(String type) {
    return (GatewayEvent.ModuleEvent)
        await(type, e -> e instanceof GatewayEvent.ModuleEvent m && m.type().equals(type));
  }

  /** How many subscriptions are open. */
  public int subscriptions() {
    return ears.size();
  }

  void deafen() {
    ears.clear();
  }

  private synchronized GatewayEvent await(String what, Predicate<GatewayEvent> wanted) {
    long deadline = System.nanoTime() + AWAIT_LIMIT.toNanos();
    while (true) {
      Optional<GatewayEvent> found = published.stream().filter(wanted).findFirst();
      if (found.isPresent()) return found.get();
      long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
      if (leftMillis <= 0)
        throw new AssertionError(
            "no %s within %s; there were %s".formatted(what, AWAIT_LIMIT, published));
      try {
        wait(leftMillis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting for " + what, e);
      }
    }
  }
}
