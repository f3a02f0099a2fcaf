package dev.penstock.replication.migrate;

import java.time.Duration;

/**
 * How an operator wants a volume to be moved.
 *
 * @param bytesPerSecond how fast it is sent at most; 0 for no limit
 * @param freeze how long clients may have to wait at its end, at most
 * @param confirm whether to go on with rounds until the operator says that it may be handed over
 * @param snapshots whether the volume's older snapshots go with it
 * @param unlink whether the copy here is destroyed once it is handed over
 * @param throttle whether clients may be slowed down if they write faster than it can be sent
 */
public record Wishes(
    long bytesPerSecond,
    Duration freeze,
    boolean confirm,
    boolean snapshots,
    boolean unlink,
    boolean throttle) {
  /** What clients of a disk bear without an error. */
  public static final Duration FREEZE = Duration.ofSeconds(5);
}
