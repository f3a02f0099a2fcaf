package dev.penstock.replication.migrate;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.ownership.Ownership;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells and asks, again and again, whatever records have to be settled with another gateway: those
 * that an earlier process has left as well. Nobody waits for a human as long as the two can reach
 * each other.
 *
 * <p><b>Threads.</b> Any; what waits does so on tasks of the host.
 */
final class Unsettled {
  private static final Logger log = LoggerFactory.getLogger(Unsettled.class);

  /** How often: a volume that was handed over serves nobody until the other side has heard. */
  private static final long LOOK_MILLIS = 1_000;

  /** One question to a peer, and the record that follows. */
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final ModuleContext context;
  private final Settlement settlement;
  private final Predicate<String> isRunning;
  private final Consumer<Map<String, Ownership>> looked;
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();
  private final Map<String, String> troubles = new ConcurrentHashMap<>();
  private volatile Optional<Long> timer = Optional.empty();
  private volatile boolean closed;

  /**
   * @param isRunning whether a migration takes care of a volume itself
   * @param looked told of all records, each time they are looked at
   */
  Unsettled(
      ModuleContext context,
      Settlement settlement,
      Predicate<String> isRunning,
      Consumer<Map<String, Ownership>> looked) {
    this.context = context;
    this.settlement = settlement;
    this.isRunning = isRunning;
    this.looked = looked;
  }

  void start() {
    timer = Optional.of(context.vertx().setPeriodic(LOOK_MILLIS, _ -> look()));
    look();
  }

  void close() {
    closed = true;
    timer.ifPresent(context.vertx()::cancelTimer);
  }

  /** What is open is said now. */
  void look() {
    if (closed) return;
    context
        .handoffs()
        .recorded()
        .onSuccess(records -> {
          looked.accept(records);
          records.forEach((volume, record) -> {
            if (settlement.isOpen(volume, record) && !isRunning.test(volume))
              settle(volume, record);
          });
        });
  }

  private void settle(String volume, Ownership record) {
    if (!underWay.add(volume)) return;
    context
        .tasks()
        .brief("settle who owns " + volume, LIMIT, () -> settlement.settle(volume, record))
        .onComplete(_ -> underWay.remove(volume))
        .onSuccess(now -> {
          troubles.remove(volume);
          if (settlement.isOpen(volume, now)) return;
          looked.accept(Map.of(volume, now));
          log.atInfo()
              .addKeyValue("volume", volume)
              .addKeyValue("record", now.phase())
              .log("it is settled who owns a volume");
        })
        .onFailure(why -> trouble(volume, why));
  }

  /** Once for each reason: it is tried every second. */
  private void trouble(String volume, Throwable why) {
    String reason = why instanceof GatewayError known ? known.what() : String.valueOf(why);
    if (reason.equals(troubles.put(volume, reason)) || closed) return;
    log.atWarn()
        .addKeyValue("volume", volume)
        .addKeyValue("reason", reason)
        .log("it is not settled yet who owns a volume");
  }
}
