package dev.penstock.spi.volume;

import dev.penstock.spi.GatewayError;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a volume may be called, in every store alike: a name is a word in URLs, paths and NBD export
 * names.
 *
 * @since SPI 1.0
 */
public final class VolumeName {
  /** Fits a file name of any Linux file system with room for a suffix. */
  public static final int CHARACTERS_MAX = 128;

  private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  private VolumeName() {}

  /** Why this is no name for a volume; empty if it is one. */
  public static Optional<String> objection(String name) {
    if (name.length() > CHARACTERS_MAX)
      return Optional.of(
          "a volume's name has at most %d characters, not %d"
              .formatted(CHARACTERS_MAX, name.length()));
    if (!ALLOWED.matcher(name).matches())
      return Optional.of(
          "\"%s\" is no name for a volume: it takes letters, digits, '.', '_' and '-', and begins with a letter or digit"
              .formatted(name));
    return Optional.empty();
  }

  /** The name itself, or {@link GatewayError.Invalid} with the objection. */
  public static String require(String name) {
    objection(name)
        .ifPresent(why -> {
          throw new GatewayError.Invalid(why);
        });
    return name;
  }
}
