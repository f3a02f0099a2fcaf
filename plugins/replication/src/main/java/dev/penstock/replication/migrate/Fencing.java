package dev.penstock.replication.migrate;

import dev.penstock.replication.handoff.Telling;
import dev.penstock.spi.bus.GatewayEvent.ModuleEvent;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.SnapshotInfo;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves records on by what another gateway has said. Where that ends our own ownership, because
 * somebody took the volume by force, whoever uses it here is stopped first, and what is there is
 * kept as an orphan: a snapshot that nothing is received upon, and nobody destroys by himself.
 *
 * <p><b>Threads.</b> Those of tasks; calls wait.
 */
final class Fencing {
  private static final Logger log = LoggerFactory.getLogger(Fencing.class);

  /** How long users may take to hold still; whoever says it waits for the answer meanwhile. */
  private static final Duration STILL_LIMIT = Duration.ofSeconds(5);

  /** A record is a small file; the turn of its volume may have to be waited for. */
  private static final Duration CHANGE_LIMIT = Duration.ofSeconds(30);

  private final ModuleContext context;

  /** Volumes that were given up, and whose users wait here to be led on. */
  private final Set<String> waiting = ConcurrentHashMap.newKeySet();

  Fencing(ModuleContext context) {
    this.context = context;
  }

  /** Whether somebody may wait here to be led on. */
  boolean isAwaited(String volume) {
    return waiting.contains(volume);
  }

  /** Its users wait from now on. */
  void awaits(String volume) {
    waiting.add(volume);
  }

  /** They do no longer. */
  void led(String volume) {
    waiting.remove(volume);
  }

  /**
   * As {@link Handoffs#change}, and waits for it.
   *
   * @param store where the record is kept of a volume that no store knows yet
   */
  Ownership change(String volume, String store, Handoffs.Step step) throws InterruptedException {
    Handoffs handoffs = context.handoffs();
    Optional<Ownership> now = Settlement.answer(handoffs.find(volume), CHANGE_LIMIT, volume);
    Ownership next =
        isFenced(now, step.next(now))
            ? fenced(volume, step)
            : Settlement.answer(handoffs.change(volume, store, step), CHANGE_LIMIT, volume);
    boolean wasLed = now.flatMap(Ownership::successor).isPresent(); // also while it came back
    if (next.phase() instanceof Ownership.Gone && !wasLed) waiting.add(volume);
    return next;
  }

  /** What is handed over is given up, too, but by its own decision, and in a freeze of its own. */
  private static boolean isFenced(Optional<Ownership> now, Ownership next) {
    return now.filter(Ownership::isOwned).isPresent()
        && (next.phase() instanceof Ownership.Gone || next.phase() instanceof Ownership.Forked);
  }

  private Ownership fenced(String volume, Handoffs.Step step) throws InterruptedException {
    Handoffs.Fenced fenced =
        Settlement.answer(
            context.handoffs().fence(volume, step, STILL_LIMIT), CHANGE_LIMIT, volume);
    if (!fenced.now().isOwned()) tell(volume, fenced);
    return fenced.now();
  }

  private void tell(String volume, Handoffs.Fenced fenced) {
    Map<String, String> details = new TreeMap<>();
    details.put("record", Telling.of(fenced.now()));
    fenced.now().counterpart().map(Counterpart::toString).ifPresent(by -> details.put("by", by));
    Optional<String> orphan = fenced.orphan().map(SnapshotInfo::name);
    orphan.ifPresent(name -> details.put("orphan", volume + "@" + name));
    context
        .events()
        .publish(
            new ModuleEvent(
                context.clock().instant(), volume, "replication.volume-fenced", details));
    log.atWarn()
        .addKeyValue("volume", volume)
        .addKeyValue("record", Telling.of(fenced.now()))
        .addKeyValue("orphan", orphan.orElse("none"))
        .log("a volume is owned elsewhere: what was written here is kept, and is not in it");
  }
}
