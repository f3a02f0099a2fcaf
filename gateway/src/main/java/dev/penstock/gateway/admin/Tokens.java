package dev.penstock.gateway.admin;

import java.util.Optional;

/** Knows whose secret a secret is. */
@FunctionalInterface
public interface Tokens {
  /**
   * Who has this secret. Comes on the admin API's event loop for every call over TCP, and must not
   * block; takes the same time whatever the secret looks like.
   */
  Optional<Caller> holderOf(String secret);
}
