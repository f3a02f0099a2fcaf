package dev.penstock.replication.migrate;

import dev.penstock.replication.flow.Waiting;
import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Claims;
import dev.penstock.replication.handoff.Destination;
import dev.penstock.replication.handoff.Message;
import dev.penstock.replication.handoff.Source;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * What a record still has to tell the other side, or to hear from it: said once, and what is
 * answered is made durable. Whoever wants it settled says it until it is.
 *
 * <p><b>Threads.</b> Those of tasks; calls wait.
 */
final class Settlement {
  /** How long a change of a record may take, and those who use the volume to follow it. */
  private static final Duration CHANGE_LIMIT = Duration.ofSeconds(30);

  /** How long reads under way may take before their client is led on. */
  private static final Duration LEAD_LIMIT = Duration.ofSeconds(10);

  private final Handoffs handoffs;
  private final Fencing fencing;
  private final BiPredicate<String, String> offered;
  private final Function<String, OtherSide> others;

  /**
   * @param offered whether it is from here that a volume was offered to a peer
   * @param others by the peer's name; throws {@link GatewayError.Invalid} for one without an
   *     address
   */
  Settlement(
      Handoffs handoffs,
      Fencing fencing,
      BiPredicate<String, String> offered,
      Function<String, OtherSide> others) {
    this.handoffs = handoffs;
    this.fencing = fencing;
    this.offered = offered;
    this.others = others;
  }

  /** Whether somebody has to be told or asked, or led on, or an offer is nobody's any more. */
  boolean isOpen(String volume, Ownership now) {
    boolean says =
        now.phase() instanceof Ownership.Handed
            || Destination.asksAfter(now).isPresent()
            || Claims.tells(now).isPresent();
    return (says && now.counterpart().filter(Counterpart::isGateway).isPresent())
        || (now.phase() instanceof Ownership.Offered(Epoch _, Counterpart to)
            && offered.test(volume, to.peer()))
        || fencing.isAwaited(volume);
  }

  /**
   * Says what is to be said, once.
   *
   * @return what is known then; {@link #isOpen} if it has to be said again
   */
  Ownership settle(String volume, Ownership now) throws InterruptedException {
    return switch (now.phase()) {
      case Ownership.Handed(Epoch offer, Counterpart to) -> {
        fencing.awaits(volume);
        Ownership then = say(volume, to, new Message.Commit(offer), Source::told);
        if (then.phase() instanceof Ownership.Gone) leadOn(volume);
        yield then;
      }
      case Ownership.Receiving(Epoch offer, Counterpart from, var _) ->
          say(volume, from, new Message.Ask(offer), Destination::told);
      case Ownership.Prepared(Epoch offer, Counterpart from, var _, var _) ->
          say(volume, from, new Message.Ask(offer), Destination::told);
      case Ownership.Owner(Optional<Counterpart> over) when over.isPresent() -> {
        Epoch owned = now.owned().orElse(Epoch.FIRST);
        var claim = new Message.Claim(owned, new Counterpart("", volume));
        yield say(volume, over.get(), claim, (known, _) -> known);
      }
      case Ownership.Gone _ -> {
        leadOn(volume);
        yield now;
      }
      case Ownership.Offered(Epoch offer, var _) ->
          // Whoever offered it is gone: it is never taken up again.
          change(
              volume, known -> known.isOwned() ? Source.abort(Optional.of(known), offer) : known);
      case Ownership.None _, Ownership.Owner _, Ownership.Forked _ -> {
        fencing.led(volume);
        yield now;
      }
    };
  }

  /** What an answer makes of a record. */
  @FunctionalInterface
  private interface Told {
    Ownership by(Ownership now, Answer answer);
  }

  private Ownership say(String volume, Counterpart other, Message message, Told told)
      throws InterruptedException {
    Answer answer = others.apply(other.peer()).say(other.volume(), message);
    return change(volume, now -> Claims.told(told.by(now, answer), answer, other));
  }

  /** It was given up: its users are let go of, now or, if that fails, by {@link Unsettled}. */
  void lead(String volume) throws InterruptedException {
    fencing.awaits(volume);
    leadOn(volume);
  }

  /** Who uses the volume here is led on to where it is. */
  private void leadOn(String volume) throws InterruptedException {
    answer(handoffs.leadOn(volume, LEAD_LIMIT), LEAD_LIMIT.plus(CHANGE_LIMIT), volume);
    fencing.led(volume);
  }

  /** Its users wait to be led on. */
  void awaits(String volume) {
    fencing.awaits(volume);
  }

  Ownership change(String volume, UnaryOperator<Ownership> step) throws InterruptedException {
    return fencing.change(
        volume,
        "",
        now ->
            step.apply(
                now.orElseThrow(() -> new GatewayError.NotFound("there is no volume " + volume))));
  }

  static <T> T answer(Future<T> coming, Duration limit, String volume) throws InterruptedException {
    return Waiting.on(coming, limit, Scope.RESOURCE, "the record of who owns %s".formatted(volume));
  }
}
