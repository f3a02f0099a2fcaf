package dev.penstock.nbd.upstream;

import java.util.Locale;
import java.util.Optional;

/**
 * What a server that comes back is believed about the changes that it answered before it was lost,
 * and had not made durable. It may have had them in its own memory, or be another server; and its
 * answer to the next FLUSH would cover what it does not have.
 */
enum Restarts {
  /** Nothing: there are none. Every change is durable before it is answered. */
  WRITE_THROUGH,
  /** Nothing: if there may have been any, the next FLUSH fails, once. */
  FAIL_FLUSH,
  /** That it has them still. */
  TRUSTED;

  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Optional<Restarts> of(String word) {
    for (Restarts one : values()) if (one.word().equals(word)) return Optional.of(one);
    return Optional.empty();
  }
}
