package dev.penstock.gateway.module;

import java.time.Duration;

/**
 * How long the host waits for modules.
 *
 * @param start for {@code start} to complete; then the module is stopped and has failed
 * @param stop for {@code stop} to complete; then the host goes on without it
 * @param cleanup for each step of taking back what a module left: its servings, what it was lent,
 *     its deployment
 */
public record ModuleLimits(Duration start, Duration stop, Duration cleanup) {
  /** The event loops that one call of {@code serve} may ask for. */
  public static final int SERVING_MAX = 256;

  /**
   * Shares out what the whole gateway has for its shutdown: half of it for the module itself, a
   * tenth for each of the four steps after it, and the rest for stores and state.
   */
  public static ModuleLimits within(Duration start, Duration shutdown) {
    return new ModuleLimits(start, shutdown.dividedBy(2), shutdown.dividedBy(10));
  }
}
