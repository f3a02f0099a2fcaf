package dev.penstock.spi.volume;

import dev.penstock.spi.GatewayError;
import java.util.Optional;

/**
 * A snapshot by the names of its volume and its own: {@code demo@monday}. Either is a {@link
 * VolumeName}; no volume's name has an {@code @}.
 *
 * @since SPI 1.0
 */
public record SnapshotName(String volume, String snapshot) {
  private static final char AT = '@';

  /** Throws {@link GatewayError.Invalid} unless both are names. */
  public SnapshotName {
    VolumeName.require(volume);
    VolumeName.objection(snapshot)
        .ifPresent(why -> {
          throw new GatewayError.Invalid(
              "snapshot of %s: %s".formatted(volume, why.replace("volume", "snapshot")));
        });
  }

  /**
   * The snapshot that {@code text} names; empty if it has no {@code @}, and so can only name a
   * volume. Throws {@link GatewayError.Invalid} if one of the two is no name.
   */
  public static Optional<SnapshotName> parse(String text) {
    int at = text.indexOf(AT);
    if (at < 0) return Optional.empty();
    return Optional.of(new SnapshotName(text.substring(0, at), text.substring(at + 1)));
  }

  @Override
  public String toString() {
    return volume + AT + snapshot;
  }
}
