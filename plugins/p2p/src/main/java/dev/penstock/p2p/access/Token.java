package dev.penstock.p2p.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/**
 * 256 random bits that stand for a user, as they are stored: {@code sha256$HEX}. Nobody guesses
 * them, so that a fast hash will do.
 *
 * @param digest in small hexadecimal digits
 */
public record Token(String digest) {
  /** For messages. */
  public static final String EXAMPLE = "sha256$ and 64 hexadecimal digits";

  private static final String PREFIX = "sha256$";
  private static final int BYTES = 32;
  private static final SecureRandom RANDOM = new SecureRandom();

  /** A new one, in clear text, for whoever asked for it and nobody else. */
  public static String make() {
    byte[] bits = new byte[BYTES];
    RANDOM.nextBytes(bits);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
  }

  /** What is stored of one. */
  public static Token of(String clear) {
    try {
      var sha256 = MessageDigest.getInstance("SHA-256");
      return new Token(HexFormat.of().formatHex(sha256.digest(clear.getBytes(UTF_8))));
    } catch (NoSuchAlgorithmException e) {
      throw new GatewayError.Failed(Scope.MODULE, "this Java has no SHA-256", e);
    }
  }

  public static Optional<Token> parse(String text) {
    return text.matches("sha256\\$[0-9a-f]{64}")
        ? Optional.of(new Token(text.substring(PREFIX.length())))
        : Optional.empty();
  }

  /** The first digits of it: enough to tell a user's tokens apart. */
  public String id() {
    return digest.substring(0, 12);
  }

  /** As it is stored. */
  @Override
  public String toString() {
    return PREFIX + digest;
  }
}
