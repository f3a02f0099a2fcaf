package dev.penstock.spi.ownership;

import java.util.Optional;

/**
 * What a gateway knows, durably, of who owns a volume. It outlives the volume's data: a copy that
 * was handed over and removed leaves this behind, so that nothing old is ever taken for new.
 *
 * <pre>
 *   the source        OWNER ─► OFFERED ─► HANDED ─► GONE
 *                       ▲─────────┘
 *   the destination   NONE, GONE ─► RECEIVING ─► PREPARED ─► OWNER
 *                        ▲──────────────┴───────────┘
 * </pre>
 *
 * @param phase where it stands
 * @param recorded the highest epoch that was ever offered by, or to, this gateway
 * @param owned the highest epoch that was ever owned here; empty if none was
 * @since SPI 1.0
 */
public record Ownership(Phase phase, Epoch recorded, Optional<Epoch> owned) {
  /** Where it stands. */
  public sealed interface Phase {}

  /** A state that a receiver goes back to if what it receives comes to nothing. */
  public sealed interface Before extends Phase {}

  /** Not owned here, and nobody has said who does: a replica, or nothing at all. */
  public record None() implements Before {}

  /**
   * Owned and served here, in the epoch that is the highest owned.
   *
   * @param over from whom it was taken by force, until that gateway has heard of it: before, it is
   *     offered to nobody
   */
  public record Owner(Optional<Counterpart> over) implements Phase {
    public Owner() {
      this(Optional.empty());
    }
  }

  /**
   * Owned and served here, and offered.
   *
   * @param offer the epoch that begins if it is handed over
   */
  public record Offered(Epoch offer, Counterpart to) implements Phase {}

  /** Decided: not owned here any more, from now on. Nobody has said that it is owned there. */
  public record Handed(Epoch offer, Counterpart to) implements Phase {}

  /** Owned elsewhere since this epoch, or handed on from there. */
  public record Gone(Epoch since, Counterpart to) implements Before {}

  /**
   * Comes here, and is not complete.
   *
   * @param before what it was, and is again if this comes to nothing
   */
  public record Receiving(Epoch offer, Counterpart from, Before before) implements Phase {}

  /**
   * Is here, complete and durable. Only the source says whether it becomes ours.
   *
   * @param last what the last difference was: its digest
   */
  public record Prepared(Epoch offer, Counterpart from, String last, Before before)
      implements Phase {}

  /** Somebody else owns the same epoch, which only force can bring about. Nobody serves it. */
  public record Forked(Epoch other, Counterpart with) implements Phase {}

  /** Of a volume that was never offered, nor received. */
  public static final Ownership PLAIN =
      new Ownership(new Owner(), Epoch.FIRST, Optional.of(Epoch.FIRST));

  /** Of a copy that nobody has handed over. */
  public static final Ownership NONE = new Ownership(new None(), Epoch.FIRST, Optional.empty());

  /** Whether this gateway may let clients write. */
  public boolean isOwned() {
    return switch (phase) {
      case Owner _, Offered _ -> true;
      case None _, Handed _, Gone _, Receiving _, Prepared _, Forked _ -> false;
    };
  }

  /** Who serves it, as far as is known here: whoever asks here is sent on to there. */
  public Optional<Gone> successor() {
    return switch (phase) {
      case Gone gone -> Optional.of(gone);
      case Receiving receiving -> gone(receiving.before());
      case Prepared prepared -> gone(prepared.before());
      case None _, Owner _, Offered _, Handed _, Forked _ -> Optional.empty();
    };
  }

  private static Optional<Gone> gone(Before before) {
    return before instanceof Gone gone ? Optional.of(gone) : Optional.empty();
  }

  /** The other gateway that it is about; empty if it is about none. */
  public Optional<Counterpart> counterpart() {
    return switch (phase) {
      case None _ -> Optional.empty();
      case Owner(Optional<Counterpart> over) -> over;
      case Offered offered -> Optional.of(offered.to());
      case Handed handed -> Optional.of(handed.to());
      case Gone gone -> Optional.of(gone.to());
      case Receiving receiving -> Optional.of(receiving.from());
      case Prepared prepared -> Optional.of(prepared.from());
      case Forked forked -> Optional.of(forked.with());
    };
  }

  /** What an offer that is over leaves: owned as before. Its number stays used up. */
  public Ownership withdrawn() {
    return phase instanceof Offered ? in(new Owner()) : this;
  }

  /** The same in another phase. */
  public Ownership in(Phase next) {
    return new Ownership(next, recorded, owned);
  }

  /** The same in another phase, which has come by an epoch that is recorded with it. */
  public Ownership in(Phase next, Epoch by) {
    return new Ownership(next, by.isPast(recorded) ? by : recorded, owned);
  }

  /** Owned from now on. */
  public Ownership owning(Epoch epoch, Owner owner) {
    return new Ownership(owner, epoch.isPast(recorded) ? epoch : recorded, Optional.of(epoch));
  }

  /** Whether this epoch, or a later one, was ever owned here. */
  public boolean hasOwned(Epoch epoch) {
    return owned.filter(highest -> highest.equals(epoch) || highest.isPast(epoch)).isPresent();
  }
}
