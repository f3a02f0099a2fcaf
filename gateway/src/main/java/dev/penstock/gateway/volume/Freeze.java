package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds a volume still: settle while writes go on, ask the writer to hold, flush what came
 * meanwhile. Whatever fails, the writer is thawed and the volume serves again.
 */
final class Freeze {
  /** A user that cannot even let go of what it held is broken. */
  static final Duration THAW_LIMIT = Duration.ofSeconds(10);

  /** How much of the limit may be spent before the writer is asked: the rest is for its drain. */
  private static final int SETTLING_SHARE = 2;

  private static final Logger log = LoggerFactory.getLogger(Freeze.class);

  private final VolumeSlot slot;
  private final SharedVolume shared;
  private final TimeLeft deadline;
  private volatile int rounds;
  private volatile long heldAtNanos;

  Freeze(VolumeSlot slot, SharedVolume shared, TimeLeft deadline) {
    this.slot = slot;
    this.shared = shared;
    this.deadline = deadline;
  }

  /** How long writes were held up. */
  Future<Duration> run() {
    return settle().compose(_ -> hold()).onSuccess(this::note);
  }

  /** Writes what is dirty while writes go on. */
  Future<Void> settle() {
    slot.moveTo(VolumeState.FREEZING);
    TimeLeft settling = TimeLeft.of(deadline.host(), deadline.limit().dividedBy(SETTLING_SHARE));
    return deadline
        .within(Retirement.GRACE, what(), new Settling(shared, settling).settle())
        .onSuccess(rounds -> this.rounds = rounds)
        .<Void>mapEmpty()
        .recover(this::abandon);
  }

  /** Once settled: asks the writer to hold, and flushes what came meanwhile. */
  Future<Duration> hold() {
    heldAtNanos = System.nanoTime();
    return deadline
        .within(Retirement.GRACE, what(), askWriter().compose(_ -> Settling.flush(shared)))
        .map(_ -> {
          slot.moveTo(VolumeState.FROZEN);
          return held();
        })
        .recover(this::abandon);
  }

  /** Since when no write was admitted. */
  Duration held() {
    return Duration.ofNanos(System.nanoTime() - heldAtNanos);
  }

  /** Lets writes go on, whatever came before. Does not fail. */
  Future<Void> callOff() {
    if (slot.state() == VolumeState.SERVING) return Future.succeededFuture();
    return thaw(slot, deadline.host())
        .transform(_ -> {
          slot.moveTo(VolumeState.SERVING);
          return Future.succeededFuture();
        });
  }

  private void note(Duration held) {
    log.atInfo()
        .addKeyValue("volume", shared.volume().info().name())
        .addKeyValue("rounds", rounds)
        .addKeyValue("held", held)
        .log("volume frozen");
  }

  private String what() {
    return "freezing " + shared.volume().info().name();
  }

  /** A writer that lets go of the volume meanwhile writes no more either. */
  private Future<Void> askWriter() {
    Optional<LentVolume> writer = slot.writer();
    if (writer.isEmpty()) return Future.succeededFuture();
    Promise<Void> still = Promise.promise();
    writer
        .get()
        .ask(user -> user.freeze(deadline.left()))
        .onComplete(still::tryComplete, still::tryFail);
    writer.get().idle().onSuccess(still::tryComplete);
    return still.future();
  }

  private <T> Future<T> abandon(Throwable why) {
    return callOff().transform(_ -> Future.failedFuture(why));
  }

  /** Asks the writer, if there is one, to go on. */
  static Future<Void> thaw(VolumeSlot slot, Deadline host) {
    Optional<LentVolume> writer = slot.writer();
    if (writer.isEmpty()) return Future.succeededFuture();
    Future<Void> thawed = writer.get().ask(VolumeUser::thaw);
    return TimeLeft.of(host, THAW_LIMIT)
        .within(Duration.ZERO, "thawing " + writer.get().user().name(), thawed)
        .onFailure(failure ->
            log.atError()
                .addKeyValue("user", writer.get().user().name())
                .addKeyValue("reason", failure.toString())
                .log("a user did not thaw"));
  }
}
