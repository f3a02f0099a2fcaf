package dev.penstock.nbd.receive;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import java.util.Optional;
import java.util.UUID;

/**
 * What a reception makes of the record of its volume. Pure.
 *
 * <pre>
 *   nothing, NONE, GONE ─► RECEIVING ─► OWNER      every byte, and the disconnect message
 *                             ▲  ▼
 *                           PREPARED               every byte, and no disconnect message: RECEIVED
 * </pre>
 *
 * The source is nobody who could be asked, so PREPARED is left by its next request, or by force.
 */
final class Records {
  /** No gateway has such a name: what is received from it is never asked after. */
  static final String SOURCE = "flexnbd:";

  private static final String LAST = "every byte was written, and no disconnect message came";

  private Records() {}

  static Counterpart source(String address, String volume) {
    return new Counterpart(SOURCE + address, volume);
  }

  /** It may come, from the beginning or again. What is owned here stays as it is. */
  static Ownership expected(Optional<Ownership> now, Counterpart from, UUID migration) {
    Ownership before = now.orElse(Ownership.NONE);
    return switch (before.phase()) {
      case Ownership.Owner _ -> before;
      case Ownership.None none -> begun(before, from, none, migration);
      case Ownership.Gone gone -> begun(before, from, gone, migration);
      case Ownership.Receiving(Epoch offer, var other, var was) -> {
        requireSource(other);
        yield before.in(new Ownership.Receiving(offer, from, was));
      }
      case Ownership.Prepared(var _, var other, var _, var _) -> {
        requireSource(other);
        yield before;
      }
      case Ownership.Offered _, Ownership.Handed _, Ownership.Forked _ ->
          throw new GatewayError.Conflict(
              "%s is in the middle of another hand-over".formatted(from.volume()));
    };
  }

  private static Ownership begun(
      Ownership before, Counterpart from, Ownership.Before was, UUID migration) {
    Epoch offer = before.recorded().next(migration);
    return new Ownership(new Ownership.Receiving(offer, from, was), offer, before.owned());
  }

  /** A source asks for something: what was complete may not be for long. */
  static Ownership arriving(Ownership now, Counterpart from) {
    return switch (now.phase()) {
      case Ownership.Receiving(Epoch offer, var other, var was) -> {
        requireSource(other);
        yield now.in(new Ownership.Receiving(offer, from, was));
      }
      case Ownership.Prepared(Epoch offer, var other, var _, var was) -> {
        requireSource(other);
        yield now.in(new Ownership.Receiving(offer, from, was));
      }
      default -> throw over(now);
    };
  }

  /** Every byte has come, and the connection has ended. */
  static Ownership received(Ownership now) {
    if (!(now.phase() instanceof Ownership.Receiving(Epoch offer, var from, var was)))
      throw over(now);
    requireSource(from);
    return now.in(new Ownership.Prepared(offer, from, LAST, was));
  }

  /** Every byte has come, and then the disconnect message. */
  static Ownership complete(Ownership now) {
    if (!(now.phase() instanceof Ownership.Receiving(Epoch offer, var from, var _)))
      throw over(now);
    requireSource(from);
    return new Ownership(new Ownership.Owner(), now.recorded(), Optional.of(offer));
  }

  static boolean isReceived(Ownership now) {
    return now.phase() instanceof Ownership.Prepared prepared
        && prepared.from().peer().startsWith(SOURCE);
  }

  private static void requireSource(Counterpart other) {
    if (!other.peer().startsWith(SOURCE))
      throw new GatewayError.Conflict("it is being received from %s".formatted(other));
  }

  private static GatewayError over(Ownership now) {
    return new GatewayError.Conflict(
        "it is not being received any more: %s"
            .formatted(now.phase().getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT)));
  }
}
