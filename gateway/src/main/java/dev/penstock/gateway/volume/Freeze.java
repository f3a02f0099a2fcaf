package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds a volume still: settle while writes go on, ask those who write to hold, flush what came
 * meanwhile. Whatever fails, they are thawed and the volume serves again.
 */
final class Freeze {
  /** A user that cannot even let go of what it held is broken. */
  static final Duration THAW_LIMIT = Duration.ofSeconds(10);

  /** How much of the limit may be spent before anybody is asked: the rest is for its drain. */
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

  /** Once settled: asks those who write to hold, and flushes what came meanwhile. */
  Future<Duration> hold() {
    heldAtNanos = System.nanoTime();
    return deadline
        .within(Retirement.GRACE, what(), askWriters().compose(_ -> Settling.flush(shared)))
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

  private Future<Void> askWriters() {
    return all(slot.writers(), user -> user.freeze(deadline.left()));
  }

  /** Asks each of them to hold: one that lets go of the volume meanwhile does so as well. */
  static Future<Void> all(List<LentVolume> users, Function<VolumeUser, Future<Void>> question) {
    return Future.all(users.stream().map(user -> still(user, question)).toList()).mapEmpty();
  }

  private static Future<Void> still(LentVolume user, Function<VolumeUser, Future<Void>> question) {
    Promise<Void> still = Promise.promise();
    user.ask(question).onComplete(still::tryComplete, still::tryFail);
    user.idle().onSuccess(still::tryComplete);
    return still.future();
  }

  private <T> Future<T> abandon(Throwable why) {
    return callOff().transform(_ -> Future.failedFuture(why));
  }

  /** Asks everybody who was held to go on. */
  static Future<Void> thaw(VolumeSlot slot, Deadline host) {
    return Future.join(slot.users().stream().map(user -> thaw(user, host)).toList()).mapEmpty();
  }

  private static Future<Void> thaw(LentVolume user, Deadline host) {
    return TimeLeft.of(host, THAW_LIMIT)
        .within(Duration.ZERO, "thawing " + user.user().name(), user.ask(VolumeUser::thaw))
        .onFailure(failure ->
            log.atError()
                .addKeyValue("user", user.user().name())
                .addKeyValue("reason", failure.toString())
                .log("a user did not thaw"));
  }
}
