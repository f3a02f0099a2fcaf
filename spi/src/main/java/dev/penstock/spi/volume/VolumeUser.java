package dev.penstock.spi.volume;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import java.time.Duration;

/**
 * How the gateway asks whoever uses a volume to hold still, go on, or let go. Snapshots, migrations
 * and reloads use these, whatever the user is. {@link VolumeGate} is one that is ready to use.
 *
 * <pre>
 *             freeze            halt
 *   SERVING ─────────► FROZEN ───────► HALTED
 *      ▲                  │               │
 *      └───── thaw ───────┴───────────────┤
 *      └──────────────── retire ──────────┘   from any of them; what is served is the successor
 * </pre>
 *
 * <p><b>Threads.</b> Calls come one at a time, from any thread, and never block; their futures may
 * complete on any thread.
 *
 * @since SPI 1.0
 */
public interface VolumeUser {
  /** Who this is, for messages: "module nbd". */
  String name();

  /**
   * Admits no more writes, zeroes and trims, and waits for those under way. Requests that arrive
   * meanwhile wait; nobody is refused or cut off. Reads go on. Freezing what is frozen is harmless.
   *
   * @param limit after it the future fails with {@link dev.penstock.spi.GatewayError.Unavailable},
   *     and the user is as it was before
   * @return completes when no write is under way
   */
  Future<Void> freeze(Duration limit);

  /**
   * As {@link #freeze}, and reads wait as well; also from a freeze. For the moment in which a
   * volume is handed over: who cannot do it keeps that from happening, since what it would read is
   * old.
   *
   * @return completes when no call is under way
   */
  default Future<Void> halt(Duration limit) {
    return Future.failedFuture(
        new GatewayError.Unsupported("%s cannot hold its reads".formatted(name())));
  }

  /**
   * Admits again what waited, in the order in which it came. Thawing what is not frozen is
   * harmless.
   */
  Future<Void> thaw();

  /**
   * Writes no more than this from now on, so that whoever copies the volume meanwhile catches up.
   * Requests wait for their turn; nobody is refused. It stays so over a freeze and a retirement.
   *
   * @param writtenBytesPerSecond all clients together; 0 for no limit
   */
  default Future<Void> pace(long writtenBytesPerSecond) {
    return writtenBytesPerSecond == 0
        ? Future.succeededFuture()
        : Future.failedFuture(
            new GatewayError.Unsupported("%s cannot slow down its writes".formatted(name())));
  }

  /**
   * Stops using the volume: what waits and what comes later goes to the successor, reads as well.
   *
   * @param successor open, and from now on this user's to close
   * @param limit after it the future fails with {@link dev.penstock.spi.GatewayError.Unavailable},
   *     and the user is as it was before
   * @return completes when no call is under way on the volume that was used until now
   */
  Future<Void> retire(OpenVolume successor, Duration limit);
}
