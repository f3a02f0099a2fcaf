package dev.penstock.gateway.lease;

import java.time.Instant;
import java.util.Optional;

/**
 * A lease as it stands.
 *
 * @param idleSince since when nothing is under way that needs it; empty while something is
 * @param ending whether its end is being written: it binds until that is durable, and nobody takes
 *     it up again
 */
record Entry(Lease lease, Optional<Instant> idleSince, boolean ending) {
  static Entry inUse(Lease lease) {
    return new Entry(lease, Optional.empty(), false);
  }

  static Entry idle(Lease lease, Instant since) {
    return new Entry(lease, Optional.of(since), false);
  }

  Entry nowEnding() {
    return new Entry(lease, idleSince, true);
  }

  Entry nowIdle(Instant since) {
    return new Entry(lease, Optional.of(idleSince.orElse(since)), ending);
  }

  Optional<Instant> expiresAt() {
    return idleSince.flatMap(since -> lease.expiry().map(since::plus));
  }

  boolean isExpired(Instant now) {
    return expiresAt().filter(at -> !now.isBefore(at)).isPresent();
  }
}
