package dev.penstock.p2p.access;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * A password, as it is stored: {@code pbkdf2-sha256$ITERATIONS$SALT$HASH}, both in base64. RFC
 * 8018, PBKDF2 with HMAC-SHA256 over the password in UTF-8.
 */
public final class PasswordHash {
  /** What OWASP's password storage cheat sheet asks for; a few tenths of a second. */
  public static final int ITERATIONS = 600_000;

  /** For messages. */
  public static final String EXAMPLE = "pbkdf2-sha256$600000$SALT$HASH, both in base64";

  /** Below that, guessing is too cheap; above, so is keeping the workers busy. */
  private static final int ITERATIONS_MIN = 1000;

  private static final int ITERATIONS_MAX = 10_000_000;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;
  private static final Pattern FORM =
      Pattern.compile(
          "pbkdf2-sha256\\$(\\d{1,8})\\$([A-Za-z0-9+/=]{8,128})\\$([A-Za-z0-9+/=]{40,128})");
  private static final SecureRandom RANDOM = new SecureRandom();

  private final int iterations;
  private final byte[] salt;
  private final byte[] hash;

  private PasswordHash(int iterations, byte[] salt, byte[] hash) {
    this.iterations = iterations;
    this.salt = salt;
    this.hash = hash;
  }

  /** Empty if it is none. */
  public static Optional<PasswordHash> parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) return Optional.empty();
    int iterations = Integer.parseInt(parts.group(1));
    if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) return Optional.empty();
    try {
      byte[] salt = Base64.getDecoder().decode(parts.group(2));
      byte[] hash = Base64.getDecoder().decode(parts.group(3));
      return hash.length == HASH_BYTES
          ? Optional.of(new PasswordHash(iterations, salt, hash))
          : Optional.empty();
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /** Takes a few tenths of a second: for workers. */
  public static PasswordHash of(String password, int iterations) {
    byte[] salt = new byte[SALT_BYTES];
    RANDOM.nextBytes(salt);
    return new PasswordHash(iterations, salt, derive(password, salt, iterations));
  }

  /** Takes as long as {@link #of}, whatever comes of it. */
  public boolean matches(String password) {
    return MessageDigest.isEqual(hash, derive(password, salt, iterations));
  }

  private static byte[] derive(String password, byte[] salt, int iterations) {
    var spec = new PBEKeySpec(password.toCharArray(), salt, iterations, HASH_BYTES * 8);
    try {
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new GatewayError.Failed(Scope.MODULE, "this Java cannot check passwords", e);
    } finally {
      spec.clearPassword();
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PasswordHash same && toString().equals(same.toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  /** As it is stored. */
  @Override
  public String toString() {
    Base64.Encoder base64 = Base64.getEncoder();
    return "pbkdf2-sha256$%d$%s$%s"
        .formatted(iterations, base64.encodeToString(salt), base64.encodeToString(hash));
  }
}
