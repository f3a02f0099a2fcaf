package dev.penstock.replication.schedule;

import java.time.Instant;
import java.util.Comparator;
import java.util.UUID;

/**
 * Somebody who waits for a slot.
 *
 * @param guid whose turn it is
 * @param job whose slots it takes, besides those of all
 * @param consecutiveErrors of the volume, since its last success: who keeps failing waits longest
 * @param notBefore until then it is not its turn, and the others do not wait for it; {@link
 *     #AT_ONCE} for a volume that has not failed
 * @param target when what it brings was taken: all volumes get to one moment before any gets to the
 *     next. {@link #PLANNING} for one that plans, which goes before all steps
 * @param volume the name
 */
public record Turn(
    UUID guid,
    String job,
    int consecutiveErrors,
    Instant notBefore,
    Instant target,
    String volume) {
  /** Before every snapshot. */
  public static final Instant PLANNING = Instant.MIN;

  /** Of every volume that has not failed: among them the target decides. */
  public static final Instant AT_ONCE = Instant.MIN;

  /** Ends with the guid, so that no two are the same. */
  static final Comparator<Turn> ORDER =
      Comparator.comparingInt(Turn::consecutiveErrors)
          .thenComparing(Turn::notBefore)
          .thenComparing(Turn::target)
          .thenComparing(Turn::volume)
          .thenComparing(Turn::guid);

  boolean isReady(Instant now) {
    return !notBefore.isAfter(now);
  }
}
