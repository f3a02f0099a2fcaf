package dev.penstock.p2p.line;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.process.Child;
import java.time.Duration;
import java.util.Locale;

/**
 * What an {@code ERROR} means, and the last words of a program that has ended. The protocol has a
 * text for the one and nothing for the other.
 */
final class Refusal {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(5);

  private Refusal() {}

  /**
   * @param repository that says it, for messages
   */
  static GatewayError of(String text, String repository) {
    String said = "%s says: %s".formatted(repository, text);
    String small = text.toLowerCase(Locale.ROOT);
    if (small.contains("read-only") || small.contains("append-only"))
      return new GatewayError.Denied(said);
    if (isLocked(text)) return new GatewayError.Conflict(said);
    if (small.contains("free space") || small.contains("no space left"))
      return new GatewayError.NoSpace(said);
    return new GatewayError.Failed(Scope.REQUEST, said);
  }

  /** git-annex-shell says nothing to a removal of what is locked, and ends. */
  private static boolean isLocked(String text) {
    return text.contains("content is locked");
  }

  static GatewayError ended(Child.Exit exit, String repository) {
    String how =
        "the program of %s is gone: it ended with %d: %s"
            .formatted(repository, exit.code(), exit.said());
    return isLocked(exit.said())
        ? new GatewayError.Conflict(how)
        : new GatewayError.Unavailable(Scope.CONNECTION, ASK_AGAIN, how);
  }
}
