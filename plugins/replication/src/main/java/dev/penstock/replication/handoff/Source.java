package dev.penstock.replication.handoff;

import dev.penstock.replication.handoff.Message.Ask;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.ownership.Ownership.Handed;
import dev.penstock.spi.ownership.Ownership.Offered;
import dev.penstock.spi.ownership.Ownership.Owner;
import java.util.Optional;
import java.util.UUID;

/**
 * The side that gives a volume up. It alone decides, by one durable record: {@link Handed}. Until
 * then everything that goes wrong ends in {@link Owner}; from then on nothing does. Pure.
 */
public final class Source {
  private Source() {}

  /**
   * Uses up a new epoch, also if nothing comes of it.
   *
   * @param migration new: what was aborted is never taken up again
   * @throws GatewayError.Conflict unless it is owned here, and neither offered nor disputed
   */
  public static Ownership offer(Optional<Ownership> now, UUID migration, Counterpart to) {
    if (now.isEmpty() || !(now.get().phase() instanceof Owner(Optional<Counterpart> over)))
      throw new GatewayError.Conflict(
          "%s: only its owner can hand it over, to one gateway at a time"
              .formatted(Telling.of(now)));
    if (over.isPresent())
      throw new GatewayError.Conflict(
          "it was taken from %s by force, which has not heard of it: it can be handed over when that gateway is back, or is said to be lost for good"
              .formatted(over.get()));
    Epoch offer = now.get().recorded().next(migration);
    return now.get().in(new Offered(offer, to), offer);
  }

  /**
   * Gives it up. While the volume is held still since {@code last} was taken, and in one turn with
   * everything else that is decided about it.
   *
   * @param last the digest of the last snapshot, as it was sent
   * @throws GatewayError.Conflict if it was aborted meanwhile, or this is not what it waits for
   */
  public static Ownership decide(Optional<Ownership> now, String last, Answer.Ready ready) {
    if (now.isPresent()
        && now.get().phase() instanceof Offered(Epoch offer, Counterpart to)
        && offer.equals(ready.epoch())
        && last.equals(ready.last())) return now.get().in(new Handed(offer, to));
    throw new GatewayError.Conflict(
        "%s: migration %s is not waiting for what the destination has"
            .formatted(Telling.of(now), ready.epoch()));
  }

  /**
   * Keeps it: durable before anybody may write again. Harmless if it is kept already.
   *
   * @throws GatewayError.Conflict if it was given up
   */
  public static Ownership abort(Optional<Ownership> now, Epoch migration) {
    if (now.isPresent() && now.get().isOwned())
      return now.get().phase() instanceof Offered offered && offered.offer().equals(migration)
          ? now.get().in(new Owner())
          : now.get();
    throw new GatewayError.Conflict(
        "%s: migration %s cannot be aborted any more".formatted(Telling.of(now), migration));
  }

  /**
   * Gives it up to something that is no gateway, which confirms nothing: it has everything, and is
   * told so once this is durable. While the volume is held still since what was sent last.
   *
   * @throws GatewayError.Conflict if it was aborted meanwhile
   */
  public static Ownership relinquish(Optional<Ownership> now, Epoch offer) {
    if (now.isPresent()
        && now.get().phase() instanceof Offered(Epoch epoch, Counterpart to)
        && offer.equals(epoch)
        && !to.isGateway()) return now.get().in(new Gone(offer, to));
    throw new GatewayError.Conflict(
        "%s: migration %s cannot be ended by it".formatted(Telling.of(now), offer));
  }

  /**
   * Keeps what was about to be given up to something that is no gateway, and that was certainly
   * told nothing. An offer still stands.
   *
   * @throws GatewayError.Conflict if it was given up to anybody else
   */
  public static Ownership keep(Optional<Ownership> now, Epoch offer) {
    if (now.isPresent() && now.get().isOwned()) return now.get();
    if (now.isPresent()
        && now.get().phase() instanceof Gone(Epoch since, Counterpart to)
        && since.equals(offer)
        && !to.isGateway()) return now.get().in(new Owner());
    throw new GatewayError.Conflict(
        "%s: migration %s cannot be called off any more".formatted(Telling.of(now), offer));
  }

  /** What holds when a process starts: durable before anybody uses the volume. */
  public static Ownership restarted(Ownership now) {
    return now.phase() instanceof Offered ? now.in(new Owner()) : now;
  }

  /**
   * What the destination has answered to {@link Message.Commit}.
   *
   * @return as it was, unless it is confirmed by that
   */
  public static Ownership told(Ownership now, Answer answer) {
    return answer instanceof Answer.Committed(Epoch epoch)
            && now.phase() instanceof Handed(Epoch offer, Counterpart to)
            && offer.equals(epoch)
        ? now.in(new Gone(offer, to))
        : now;
  }

  /** A record that is older than the offer is not that of whoever made it: it says nothing. */
  static Answer asked(Optional<Ownership> now, Ask ask) {
    Epoch epoch = ask.epoch();
    if (now.isEmpty() || epoch.isPast(now.get().recorded())) return new Answer.Unknown(epoch);
    if (now.get().successor().filter(gone -> gone.since().equals(epoch)).isPresent())
      return new Answer.Decided(epoch);
    return switch (now.get().phase()) {
      case Handed handed when handed.offer().equals(epoch) -> new Answer.Decided(epoch);
      case Offered offered when offered.offer().equals(epoch) -> new Answer.Pending(epoch);
      default -> new Answer.Aborted(epoch);
    };
  }
}
