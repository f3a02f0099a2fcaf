package dev.penstock.gateway.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A snapshot that somebody needs.
 *
 * @param volume the guid of the snapshot's volume
 * @param subject what the snapshot was called when the lease was given, for people: {@code
 *     demo@monday}
 * @param owner who needs it: "module nbd", "module replication: job offsite"
 * @param expiry how long it lasts when nothing is under way any more that needs it; empty for ever
 */
public record Lease(
    UUID guid,
    UUID volume,
    UUID snapshot,
    String subject,
    String owner,
    Kind kind,
    Instant acquiredAt,
    Optional<Duration> expiry) {

  /** What for. */
  public enum Kind {
    /** Open: an export, a snapshot that a client reads. */
    READ(true),
    /** It is being sent, or what is sent is a difference from it. */
    SEND(true),
    /** A plan is to send it, or to begin a difference with it. */
    PLAN(false);

    private final boolean endsWithProcess;

    Kind(boolean endsWithProcess) {
      this.endsWithProcess = endsWithProcess;
    }

    /** Whether nobody can need it any more once the process has ended that took it. */
    public boolean endsWithProcess() {
      return endsWithProcess;
    }
  }

  /** The same for another time. */
  Lease lasting(Duration time) {
    return new Lease(guid, volume, snapshot, subject, owner, kind, acquiredAt, Optional.of(time));
  }

  /** "module nbd (read)". */
  public String holder() {
    return "%s (%s)".formatted(owner, LeaseText.word(kind));
  }
}
