package dev.penstock.p2p.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Credentials that were found right a while ago, as a digest under a key that lives as long as the
 * process: a password costs so much to check that it cannot be done for each request. Any thread.
 */
final class VerifiedCredentials {
  /** A user or two of each of a large group's machines. */
  static final int ENTRIES_MAX = 1024;

  private final SecretKeySpec secret;
  private final Map<String, User> users =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, User> eldest) {
          return size() > ENTRIES_MAX;
        }
      };

  private int generation;

  VerifiedCredentials() {
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    secret = new SecretKeySpec(key, "HmacSHA256");
  }

  String digest(Credentials.Basic credentials) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(secret);
      mac.update(credentials.user().getBytes(UTF_8));
      mac.update((byte) ':');
      return Base64.getEncoder()
          .encodeToString(mac.doFinal(credentials.password().getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new GatewayError.Failed(Scope.MODULE, "this Java has no HMAC-SHA256", e);
    }
  }

  synchronized Optional<User> find(String digest) {
    return Optional.ofNullable(users.get(digest));
  }

  /** To be asked before a check begins, for {@link #add}. */
  synchronized int generation() {
    return generation;
  }

  /** Does nothing if somebody has changed since that generation. */
  synchronized void add(String digest, User user, int since) {
    if (since == generation) users.put(digest, user);
  }

  /** Somebody's rights or password may have changed. */
  synchronized void forgetAll() {
    generation++;
    users.clear();
  }

  synchronized int size() {
    return users.size();
  }
}
