package dev.penstock.gateway.plugin;

import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import io.vertx.core.Vertx;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Sees whether the classes of an unloaded plugin really go. What keeps them is named by a heap dump
 * only; that they are kept is said here, since each further reload costs as much memory again.
 *
 * <p><b>Threads.</b> Any; nothing blocks but the collections that it asks for.
 */
public final class LoaderWatch {
  /** Events, timers and answers under way end within this. */
  static final Duration GRACE = Duration.ofSeconds(5);

  /**
   * One collection often finds a loader only ready for the next; and the JDK holds the classes of
   * records softly, for as long as {@code -XX:SoftRefLRUPolicyMSPerMB} says: see {@code
   * bin/penstock}.
   */
  static final int COLLECTIONS_MAX = 3;

  /** A loader that was not gone when its plugin had been unloaded for a while. */
  public record Retained(String plugin, String version) {}

  private record Watched(Retained plugin, WeakReference<ClassLoader> loader) {
    boolean isGone() {
      return loader.refersTo(null);
    }
  }

  private final Vertx host;
  private final Events events;
  private final InstantSource clock;
  private final Duration grace;
  private volatile boolean closed;
  private final List<Watched> retained = new CopyOnWriteArrayList<>();

  public LoaderWatch(Vertx host, Events events, InstantSource clock) {
    this(host, events, clock, GRACE);
  }

  LoaderWatch(Vertx host, Events events, InstantSource clock, Duration grace) {
    this.host = host;
    this.events = events;
    this.clock = clock;
    this.grace = grace;
  }

  /** Watches the loader of a plugin that was unloaded just now. */
  void watch(String plugin, String version, ClassLoader loader) {
    look(new Watched(new Retained(plugin, version), new WeakReference<>(loader)), 1);
  }

  private void look(Watched watched, int collection) {
    host.setTimer(
        Math.max(1, grace.toMillis()),
        _ -> {
          if (!closed) host.executeBlocking(() -> after(watched, collection), false);
        });
  }

  @SuppressWarnings("SystemGc") // a loader that nobody holds is there until a collection comes by
  private boolean after(Watched watched, int collection) {
    if (!watched.isGone()) System.gc();
    if (watched.isGone()) return true;
    if (collection < COLLECTIONS_MAX) {
      look(watched, collection + 1);
      return false;
    }
    retained.add(watched);
    var plugin = watched.plugin();
    events.publish(
        new GatewayEvent.LoaderRetained(clock.instant(), plugin.plugin(), plugin.version()));
    return false;
  }

  /** Loaders that are still held, for the health report. */
  public List<Retained> retained() {
    retained.removeIf(Watched::isGone);
    return retained.stream().map(Watched::plugin).toList();
  }

  /** Looks no more. */
  void close() {
    closed = true;
  }
}
