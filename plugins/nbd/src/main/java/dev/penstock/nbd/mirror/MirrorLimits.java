package dev.penstock.nbd.mirror;

import java.time.Duration;

/**
 * How long a mirror waits until it is let in, and how much it has under way.
 *
 * @param connect for a connection: as flexnbd does
 * @param hello from there to the first request: as flexnbd does
 * @param farewell for the other side to close the connection after it was told that this was all
 * @param requests how many may be unanswered
 */
record MirrorLimits(Duration connect, Duration hello, Duration farewell, int requests) {
  /** What one WRITE carries: as measured, more is no faster, and less is slower. */
  static final int WRITE_BYTES_MAX = 1 << 20;

  /** 16 MiB under way: enough for 1 GB/s at 16 ms, and a slow disk answers for all in a minute. */
  static final MirrorLimits USUAL =
      new MirrorLimits(Duration.ofSeconds(15), Duration.ofSeconds(5), Duration.ofSeconds(10), 16);
}
