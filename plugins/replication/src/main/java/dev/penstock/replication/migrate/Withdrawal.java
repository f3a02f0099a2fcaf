package dev.penstock.replication.migrate;

import dev.penstock.replication.handoff.Source;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes an offer back: durably owned here, and only then clients go on. What the store refuses is
 * tried until it does not, since nobody else looks after a volume whose clients wait for it.
 *
 * <p><b>Threads.</b> That of the migration, which an interrupt does not get out of here.
 */
final class Withdrawal {
  /** What became of the volume. */
  enum Outcome {
    /** It is owned here, and clients go on. */
    KEPT,
    /** It was handed over after all. */
    GIVEN_UP,
    /** Somebody else owns it: who took it by force has said so meanwhile. */
    TAKEN,
    /** Not known to be durable. Clients wait, and the next start owns it before it serves. */
    LEFT
  }

  private static final Logger log = LoggerFactory.getLogger(Withdrawal.class);

  private final Handoffs handoffs;
  private final String volume;
  private final Duration pause;
  private final BooleanSupplier leaving;
  private final Consumer<String> trouble;

  /**
   * @param pause between two tries
   * @param leaving whether the process stops: then one more try is enough
   * @param trouble told why it is not done yet
   */
  Withdrawal(
      Handoffs handoffs,
      String volume,
      Duration pause,
      BooleanSupplier leaving,
      Consumer<String> trouble) {
    this.handoffs = handoffs;
    this.volume = volume;
    this.pause = pause;
    this.leaving = leaving;
    this.trouble = trouble;
  }

  /**
   * Returns when it is settled, or left.
   *
   * @param frozen what clients wait for, if they do
   */
  Outcome of(Epoch offer, Optional<Handoffs.Frozen> frozen) {
    return of(
        offer,
        frozen,
        // Looked at in its turn, and not taken from an error: a store may refuse with any.
        known ->
            known.filter(Ownership::isOwned).isPresent()
                ? Source.abort(known, offer)
                : known.orElse(Ownership.NONE));
  }

  /**
   * The same of a mirror, which may be given up by now: nobody was told, and so it stays.
   *
   * @param frozen what clients wait for
   */
  Outcome ofMirror(Epoch offer, Handoffs.Frozen frozen) {
    return of(offer, Optional.of(frozen), known -> kept(known, offer));
  }

  private static Ownership kept(Optional<Ownership> known, Epoch offer) {
    try {
      return Source.keep(known, offer);
    } catch (GatewayError.Conflict taken) { // no try is going to change that
      return known.orElse(Ownership.NONE);
    }
  }

  private Outcome of(Epoch offer, Optional<Handoffs.Frozen> frozen, Handoffs.Step keeping) {
    boolean interrupted = false;
    boolean said = false;
    try {
      while (true) {
        boolean last = leaving.getAsBoolean();
        try {
          return attempt(offer, frozen, keeping);
        } catch (RuntimeException notYet) {
          String why = notYet instanceof GatewayError known ? known.what() : notYet.toString();
          trouble.accept("it stays here, and that is not durable yet: " + why);
          if (!said) warn(why, frozen.isPresent());
          said = true;
          if (last) return Outcome.LEFT;
        }
        interrupted |= Thread.interrupted(); // or it would not pause
        interrupted |= !paused();
      }
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }

  private Outcome attempt(Epoch offer, Optional<Handoffs.Frozen> frozen, Handoffs.Step keeping) {
    Ownership now = Uninterrupted.on(handoffs.change(volume, "", keeping));
    if (!now.isOwned()) return isGivenUp(now, offer) ? Outcome.GIVEN_UP : Outcome.TAKEN;
    frozen.ifPresent(held -> Uninterrupted.on(held.thaw()));
    return Outcome.KEPT;
  }

  private static boolean isGivenUp(Ownership now, Epoch offer) {
    return switch (now.phase()) {
      case Ownership.Handed handed -> handed.offer().equals(offer);
      case Ownership.Gone gone -> gone.since().equals(offer);
      default -> false;
    };
  }

  private boolean paused() {
    try {
      Thread.sleep(pause);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private void warn(String why, boolean waiting) {
    log.atWarn()
        .addKeyValue("volume", volume)
        .addKeyValue("reason", why)
        .addKeyValue("clients_wait", waiting)
        .log("an offer is not taken back yet: it is tried until it is durable");
  }
}
