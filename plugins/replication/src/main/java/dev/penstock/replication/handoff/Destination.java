package dev.penstock.replication.handoff;

import dev.penstock.replication.handoff.Message.Abort;
import dev.penstock.replication.handoff.Message.Commit;
import dev.penstock.replication.handoff.Message.Last;
import dev.penstock.replication.handoff.Message.Offer;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Before;
import dev.penstock.spi.ownership.Ownership.Prepared;
import dev.penstock.spi.ownership.Ownership.Receiving;
import java.util.Optional;

/**
 * The side that a volume comes to. It decides nothing: what it has received becomes its own when
 * the source says so, and it asks the source until it does. Pure; a message of another migration
 * changes nothing.
 */
public final class Destination {
  private Destination() {}

  /** Whether a snapshot of this migration may be received: looked at before it becomes visible. */
  public static boolean receives(Optional<Ownership> now, Epoch migration) {
    return now.isPresent()
        && now.get().phase() instanceof Receiving receiving
        && receiving.offer().equals(migration);
  }

  /** Which migration has to be asked after. */
  public static Optional<Epoch> asksAfter(Ownership now) {
    return switch (now.phase()) {
      case Receiving receiving -> Optional.of(receiving.offer());
      case Prepared prepared -> Optional.of(prepared.offer());
      case Ownership.None _,
          Ownership.Owner _,
          Ownership.Offered _,
          Ownership.Handed _,
          Ownership.Gone _,
          Ownership.Forked _ ->
          Optional.empty();
    };
  }

  /**
   * What the source has answered to {@link Message.Ask}.
   *
   * @return as it was, if that says nothing
   */
  public static Ownership told(Ownership now, Answer answer) {
    return switch (answer) {
      case Answer.Decided(Epoch epoch) -> decided(now, epoch);
      case Answer.Aborted(Epoch epoch) -> dropped(now, epoch);
      default -> now;
    };
  }

  /**
   * Gives up what is on its way here. What is complete belongs to the source's decision.
   *
   * @throws GatewayError.Conflict unless it is on its way
   */
  public static Ownership cancel(Optional<Ownership> now) {
    if (now.isPresent() && now.get().phase() instanceof Receiving receiving)
      return now.get().in(receiving.before());
    throw new GatewayError.Conflict(
        "%s: only what is still on its way can be cancelled here; its source can abort it"
            .formatted(Telling.of(now)));
  }

  static Outcome offered(Optional<Ownership> now, Offer offer) {
    Ownership known = now.orElse(Ownership.NONE);
    return switch (known.phase()) {
      case Receiving(Epoch same, _, _) when same.equals(offer.epoch()) ->
          new Outcome(now, new Answer.Taken(same));
      case Prepared(Epoch same, _, String last, _) when same.equals(offer.epoch()) ->
          new Outcome(now, new Answer.Ready(same, last));
      case Receiving receiving -> offered(now, known, receiving.before(), offer);
      case Prepared prepared -> offered(now, known, prepared.before(), offer);
      case Before before -> offered(now, known, before, offer);
      case Ownership.Owner _, Ownership.Offered _, Ownership.Handed _, Ownership.Forked _ ->
          Claims.refuse(now, offer.epoch(), Optional.of(offer.from()));
    };
  }

  /** A later one ends an earlier one: only an owner offers, so nothing came of the earlier. */
  private static Outcome offered(
      Optional<Ownership> now, Ownership known, Before before, Offer offer) {
    if (!offer.epoch().isPast(known.recorded()) && !isCancelled(known, offer.epoch()))
      return Claims.refuse(now, offer.epoch(), Optional.of(offer.from()));
    var receiving = new Receiving(offer.epoch(), offer.from(), before);
    return new Outcome(
        Optional.of(known.in(receiving, offer.epoch())), new Answer.Taken(offer.epoch()));
  }

  /** Whether this very offer was taken here, and nothing came of it. */
  private static boolean isCancelled(Ownership known, Epoch offer) {
    return known.recorded().equals(offer)
        && switch (known.phase()) {
          case Ownership.None _ -> true;
          case Ownership.Gone gone -> !gone.since().equals(offer);
          default -> false;
        };
  }

  static Outcome last(Optional<Ownership> now, Optional<String> newest, Last last) {
    Ownership known = now.orElse(Ownership.NONE);
    if (known.phase() instanceof Prepared(Epoch same, _, String here, _)
        && same.equals(last.epoch())) return new Outcome(now, new Answer.Ready(same, here));
    if (!(known.phase() instanceof Receiving(Epoch coming, var from, var before))
        || !coming.equals(last.epoch())) return Claims.refuse(now, last.epoch(), Optional.empty());
    if (!newest.equals(Optional.of(last.last())))
      return new Outcome(now, new Answer.Lacking(coming, newest));
    return new Outcome(
        Optional.of(known.in(new Prepared(coming, from, last.last(), before))),
        new Answer.Ready(coming, last.last()));
  }

  static Outcome commit(Optional<Ownership> now, Commit commit) {
    Optional<Ownership> next = now.map(known -> decided(known, commit.epoch()));
    boolean owned = next.filter(known -> known.hasOwned(commit.epoch())).isPresent();
    return owned
        ? new Outcome(next, new Answer.Committed(commit.epoch()))
        : Claims.refuse(now, commit.epoch(), Optional.empty());
  }

  /** Whoever took it by force meanwhile says so. */
  static Outcome abort(Optional<Ownership> now, Abort abort) {
    if (now.filter(known -> known.hasOwned(abort.epoch())).isPresent())
      return Claims.refuse(now, abort.epoch(), Optional.empty());
    return new Outcome(
        now.map(known -> dropped(known, abort.epoch())), new Answer.Dropped(abort.epoch()));
  }

  private static Ownership decided(Ownership now, Epoch epoch) {
    return now.phase() instanceof Prepared prepared && prepared.offer().equals(epoch)
        ? now.owning(epoch, new Ownership.Owner())
        : now;
  }

  private static Ownership dropped(Ownership now, Epoch epoch) {
    return switch (now.phase()) {
      case Receiving(Epoch same, _, Before before) when same.equals(epoch) -> now.in(before);
      case Prepared(Epoch same, _, _, Before before) when same.equals(epoch) -> now.in(before);
      default -> now;
    };
  }
}
