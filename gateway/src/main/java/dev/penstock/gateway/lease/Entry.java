package dev.penstock.gateway.lease;

import java.time.Instant;
import java.util.Optional;

/**
 * A lease as it stands.
 *
 * @param idleSince since when nothing is under way that needs it; empty while something is
 * @param ending whether its end is being written: it binds until that is durable, and nobody takes
 *     it up again
 * @param stage not written: after a restart nobody knows, and nothing gives way
 */
record Entry(Lease lease, Optional<Instant> idleSince, boolean ending, Stage stage) {
  /** How far the plan is that needs it. */
  enum Stage {
    PLANNED,
    /** It is needed to go on where one is, and gives way if room is needed. */
    BEING_SENT,
    /** The receiver may have it to its end: nothing takes it before no plan needs it any more. */
    SENT
  }

  static Entry inUse(Lease lease) {
    return new Entry(lease, Optional.empty(), false, Stage.PLANNED);
  }

  static Entry idle(Lease lease, Instant since) {
    return new Entry(lease, Optional.of(since), false, Stage.PLANNED);
  }

  /** Needed by another plan, which may have been made before the receiver had what was sent. */
  Entry renewed(Lease now, Optional<Instant> nowIdleSince) {
    return new Entry(now, nowIdleSince, false, stage == Stage.SENT ? stage : Stage.PLANNED);
  }

  Entry nowEnding() {
    return new Entry(lease, idleSince, true, stage);
  }

  Entry nowIdle(Instant since) {
    return new Entry(lease, Optional.of(idleSince.orElse(since)), ending, stage);
  }

  /** Not after {@link Stage#SENT}: a sending can begin late that nobody waits for any more. */
  Entry nowBeingSent() {
    return stage == Stage.PLANNED ? new Entry(lease, idleSince, ending, Stage.BEING_SENT) : this;
  }

  Entry nowSent() {
    return new Entry(lease, idleSince, ending, Stage.SENT);
  }

  /** To a destroy that makes room: see {@link Leases#condemnNeeded}. */
  boolean givesWay() {
    return switch (lease.kind()) {
      case READ -> false;
      case SEND -> true;
      case PLAN -> stage == Stage.BEING_SENT;
    };
  }

  Optional<Instant> expiresAt() {
    return idleSince.flatMap(since -> lease.expiry().map(since::plus));
  }

  boolean isExpired(Instant now) {
    return expiresAt().filter(at -> !now.isBefore(at)).isPresent();
  }
}
