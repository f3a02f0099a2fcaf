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
 * @param owner who needs it: "module nbd"
 * @param epoch grows with every lease that is given or taken up again: what an older one allowed, a
 *     newer one of the same guid can refuse
 * @param expiry how long it lasts when its owner no longer has it in hands; empty for ever
 */
public record Lease(
    UUID guid,
    UUID volume,
    UUID snapshot,
    String subject,
    String owner,
    Kind kind,
    long epoch,
    Instant acquiredAt,
    Optional<Duration> expiry) {

  /** What for. */
  public enum Kind {
    /** Open for reading: an export, a comparison. */
    READ(true),
    /** Being sent. */
    SEND(true),
    /** What the next difference to one receiver begins with. */
    ANCHOR(false);

    private final boolean endsWithProcess;

    Kind(boolean endsWithProcess) {
      this.endsWithProcess = endsWithProcess;
    }

    /** Whether nobody can need it any more once the process has ended that took it. */
    public boolean endsWithProcess() {
      return endsWithProcess;
    }
  }

  /** "module nbd (read)". */
  public String holder() {
    return "%s (%s)".formatted(owner, LeaseText.word(kind));
  }
}
