package dev.penstock.p2p.line;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.util.Locale;

/** What an {@code ERROR} means. The protocol has a text for it and nothing else. */
final class Refusal {
  private Refusal() {}

  /**
   * @param repository that says it, for messages
   */
  static GatewayError of(String text, String repository) {
    String said = "%s says: %s".formatted(repository, text);
    String small = text.toLowerCase(Locale.ROOT);
    if (small.contains("read-only") || small.contains("append-only"))
      return new GatewayError.Denied(said);
    if (small.contains("free space") || small.contains("no space left"))
      return new GatewayError.NoSpace(said);
    return new GatewayError.Failed(Scope.REQUEST, said);
  }
}
