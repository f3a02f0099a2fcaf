package dev.penstock.p2p.remote;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Which version of the protocol a server speaks, as far as its answers have told. One that does not
 * have a version says 404, and so does one that does not have a key: only a version that was
 * answered in before makes the second of the first.
 *
 * <p><b>Threads.</b> Any.
 */
final class VersionLadder {
  /** After that a server may be newer, or older, than it was. */
  static final Duration REMEMBERED = Duration.ofMinutes(10);

  private final InstantSource clock;
  private int top; // all guarded by this
  private int answered; // a bit for each version
  private Instant until = Instant.MIN;

  VersionLadder(InstantSource clock) {
    this.clock = clock;
  }

  private void lookAtTheClock() {
    if (clock.instant().isBefore(until)) return;
    forget();
  }

  /** Everything is to be found out anew. */
  synchronized void forget() {
    top = Integer.MAX_VALUE;
    answered = 0;
    until = clock.instant().plus(REMEMBERED);
  }

  /** The version to begin with for a client that speaks this one. */
  synchronized int first(int version) {
    lookAtTheClock();
    return Math.min(version, top);
  }

  /** Whether the server is known to have it. */
  synchronized boolean has(int version) {
    lookAtTheClock();
    return (answered & (1 << version)) != 0;
  }

  /**
   * It answered.
   *
   * @param first the version that was begun with; those above {@code version} it does not have
   */
  synchronized void answered(int version, int first) {
    lookAtTheClock();
    answered |= 1 << version;
    if (version < first) top = Math.min(top, version);
  }
}
