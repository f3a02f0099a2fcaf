package dev.penstock.replication.handoff;

import dev.penstock.replication.handoff.Message.Claim;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Forked;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.ownership.Ownership.Handed;
import dev.penstock.spi.ownership.Ownership.Owner;
import dev.penstock.spi.ownership.Ownership.Prepared;
import java.util.Optional;
import java.util.UUID;

/**
 * What happens when somebody takes a volume by force, because its source may be lost for good. The
 * new owner tells the source until it is heard: of two owners the one of the higher epoch goes on,
 * and two of the same number stop both. Pure.
 */
public final class Claims {
  private Claims() {}

  /**
   * Takes what is complete here, without the source's word.
   *
   * @throws GatewayError.Conflict unless it is complete here
   */
  public static Ownership force(Optional<Ownership> now) {
    if (now.isPresent() && now.get().phase() instanceof Prepared(Epoch offer, var from, _, _))
      return now.get().owning(offer, new Owner(Optional.of(from)));
    throw new GatewayError.Conflict(
        "%s: only what is complete and waits for its source can be promoted by force"
            .formatted(Telling.of(now)));
  }

  /**
   * An operator says which of two owners of the same epoch it is: this one.
   *
   * @param claim new
   * @throws GatewayError.Conflict unless there are two
   */
  public static Ownership choose(Optional<Ownership> now, UUID claim) {
    if (now.isPresent() && now.get().phase() instanceof Forked(Epoch other, Counterpart with)) {
      Epoch highest = other.isPast(now.get().recorded()) ? other : now.get().recorded();
      return now.get().owning(highest.next(claim), new Owner(Optional.of(with)));
    }
    throw new GatewayError.Conflict(
        "%s: there is nothing to choose between".formatted(Telling.of(now)));
  }

  /** Whether it was given up to something that is no gateway, which never says that it has it. */
  public static boolean isAway(Optional<Ownership> now) {
    return now.isPresent() && now.get().phase() instanceof Gone gone && !gone.to().isGateway();
  }

  /**
   * Takes back what was given up to something that is no gateway: an operator says that it is not
   * used there. In an epoch of its own.
   *
   * @param claim new
   * @throws GatewayError.Conflict unless it is there
   */
  public static Ownership takeBack(Optional<Ownership> now, UUID claim) {
    if (isAway(now)) return now.get().owning(now.get().recorded().next(claim), new Owner());
    throw new GatewayError.Conflict(
        "%s: only what was moved to something that is no gateway is taken back like this"
            .formatted(Telling.of(now)));
  }

  /** Whom this gateway has to tell that it is the owner, until it is answered, and what. */
  public static Optional<Counterpart> tells(Ownership now) {
    return now.phase() instanceof Owner(Optional<Counterpart> over) ? over : Optional.empty();
  }

  /** Nobody is to be told any more: an operator says that the other side is lost for good. */
  public static Ownership settle(Ownership now) {
    return tells(now).isPresent() ? now.in(new Owner()) : now;
  }

  /**
   * What another gateway has answered, to whatever it was, about who owns the volume.
   *
   * @param by whose answer it is
   * @return as it was, if that says nothing
   */
  public static Ownership told(Ownership now, Answer answer, Counterpart by) {
    return switch (answer) {
      case Answer.Yielded(Epoch epoch) when now.owned().equals(Optional.of(epoch)) -> settle(now);
      case Answer.Refused(_, _, _, Optional<Epoch> stands)
          when stands.isPresent() && now.isOwned() ->
          fenced(now, stands.get(), by);
      default -> now;
    };
  }

  static Outcome claimed(Optional<Ownership> now, Claim claim) {
    if (now.isEmpty()) return yielded(now, claim);
    Ownership known = now.get();
    Ownership next = fenced(known, claim.epoch(), claim.from());
    boolean yields =
        switch (next.phase()) {
          case Ownership.None _ -> true;
          case Gone gone ->
              !gone.since().isPast(claim.epoch()) && !gone.since().forks(claim.epoch());
          default -> false;
        };
    return yields
        ? yielded(Optional.of(next), claim)
        : refuse(Optional.of(next), claim.epoch(), Optional.of(claim.from()));
  }

  private static Outcome yielded(Optional<Ownership> next, Claim claim) {
    return new Outcome(next, new Answer.Yielded(claim.epoch()));
  }

  /**
   * Somebody is known to have owned it in that epoch, or to own it. Whoever has given it up to
   * exactly that epoch has heard the confirmation.
   */
  private static Ownership fenced(Ownership now, Epoch stands, Counterpart by) {
    return switch (now.phase()) {
      case Owner _, Ownership.Offered _ -> {
        Epoch owned = now.owned().orElse(Epoch.FIRST);
        if (stands.forks(owned)) yield now.in(new Forked(stands, by), stands);
        yield stands.isPast(owned) ? now.in(new Gone(stands, by), stands) : now;
      }
      case Handed handed when stands.equals(handed.offer()) || stands.isPast(handed.offer()) ->
          now.in(new Gone(stands, by), stands);
      case Forked forked
          when stands.isPast(forked.other()) && stands.isPast(now.owned().orElse(Epoch.FIRST)) ->
          now.in(new Gone(stands, by), stands);
      default -> now;
    };
  }

  /**
   * @param asker who is refused, if it might stand in the way itself
   */
  static Outcome refuse(Optional<Ownership> now, Epoch epoch, Optional<Counterpart> asker) {
    Ownership known = now.orElse(Ownership.NONE);
    return new Outcome(
        now, new Answer.Refused(epoch, Telling.of(now), known.recorded(), stands(known, asker)));
  }

  /**
   * Only who owns it, or has seen it owned elsewhere, can say so; what is on its way is nobody's.
   * Who had it last is not told that by the one who gave it to him: he must know it himself.
   */
  private static Optional<Epoch> stands(Ownership known, Optional<Counterpart> asker) {
    return switch (known.phase()) {
      case Owner _, Ownership.Offered _, Forked _ -> known.owned();
      case Gone _, Ownership.Receiving _, Prepared _ ->
          known.successor().filter(gone -> !asker.equals(Optional.of(gone.to()))).map(Gone::since);
      case Ownership.None _, Handed _ -> Optional.empty();
    };
  }
}
