package dev.penstock.replication.config;

import java.time.Duration;
import java.util.Optional;

/** How often what was received is verified. */
final class Verify {
  private Verify() {}

  static Optional<Duration> read(Reader reader) {
    return reader.block().has("verify")
        ? Optional.of(
            reader.time("verify", Duration.ofDays(7), Limits.VERIFY_MIN, Limits.EVERY_MAX))
        : Optional.empty();
  }
}
