package dev.penstock.gateway.module;

import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.metrics.Metrics;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks every event loop of every module for a sign of life, from a clock that no module can block.
 * A loop that is blocked silences the module's own timers, its watchdogs among them.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
public final class LoopProbe {
  /** How often a loop is asked. */
  public static final Duration EVERY = Duration.ofSeconds(1);

  /** An event loop that does not answer for this long keeps all its clients waiting. */
  public static final Duration BLOCKED_AFTER = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(LoopProbe.class);

  private final Events events;
  private final InstantSource clock;
  private final LongSupplier nanos;
  private final Duration blockedAfter;
  private final Metrics.Timer answers;
  private final Metrics.Counter blocks;
  private final List<Watch> watches = new CopyOnWriteArrayList<>();

  /**
   * @param host a Vert.x that no module runs on
   */
  public LoopProbe(Vertx host, Events events, Metrics metrics, InstantSource clock) {
    this(events, metrics, clock, System::nanoTime, BLOCKED_AFTER);
    host.setPeriodic(EVERY.toMillis(), _ -> ask());
  }

  /** Without a clock of its own: whoever made it calls {@link #ask}. */
  LoopProbe(
      Events events,
      Metrics metrics,
      InstantSource clock,
      LongSupplier nanos,
      Duration blockedAfter) {
    this.events = events;
    this.clock = clock;
    this.nanos = nanos;
    this.blockedAfter = blockedAfter;
    this.answers =
        metrics.timer(
            "event_loop_answer", "How long event loops of modules took to answer a probe");
    this.blocks =
        metrics.counter("event_loop_blocks", "Event loops of modules that did not answer in time");
  }

  /** Asks a loop from now on, until the watch is closed: the context holds the plugin's classes. */
  public Watch watch(String module, Context loop) {
    var watch = new Watch(module, loop);
    watches.add(watch);
    return watch;
  }

  void ask() {
    for (Watch watch : watches) watch.ask();
  }

  /** How long a loop of the module has not answered, if that is too long. */
  public Optional<Duration> blocked(String module) {
    return watches.stream()
        .filter(watch -> watch.module.equals(module) && watch.reported)
        .map(Watch::quiet)
        .max(Duration::compareTo);
  }

  /** One loop that is asked. */
  public final class Watch implements AutoCloseable {
    private final String module;
    private final Context loop;
    private volatile long askedAtNanos;
    private volatile boolean waiting;
    private volatile boolean reported;

    private Watch(String module, Context loop) {
      this.module = module;
      this.loop = loop;
    }

    /** One question at a time: a loop that is blocked must not find a thousand when it wakes up. */
    private void ask() {
      if (waiting) {
        if (!reported && quiet().compareTo(blockedAfter) >= 0) report();
        return;
      }
      askedAtNanos = nanos.getAsLong();
      waiting = true;
      loop.runOnContext(_ -> answered());
    }

    private Duration quiet() {
      return Duration.ofNanos(nanos.getAsLong() - askedAtNanos);
    }

    private void report() {
      reported = true;
      blocks.add(1);
      events.publish(new GatewayEvent.LoopBlocked(clock.instant(), module, quiet()));
    }

    private void answered() {
      answers.record(quiet().toNanos());
      if (reported)
        LOG.atInfo()
            .addKeyValue("module", module)
            .addKeyValue("blocked", quiet())
            .log("event loop answers again");
      reported = false;
      waiting = false;
    }

    @Override
    public void close() {
      watches.remove(this);
    }
  }
}
