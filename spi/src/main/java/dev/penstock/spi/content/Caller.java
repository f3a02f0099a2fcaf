package dev.penstock.spi.content;

import java.util.Set;

/**
 * For whom something is asked of a {@link KeyStore}: what whoever proxies has to pass on.
 *
 * @param client the uuid of the client's repository; perhaps empty
 * @param bypass uuids of gateways that are not to be gone through again
 * @param version of the P2P protocol that the client speaks, 0 to 4
 * @since SPI 1.0
 */
public record Caller(String client, Set<String> bypass, int version) {
  /** The newest version of the P2P protocol. */
  public static final int NEWEST = 4;

  public Caller {
    bypass = Set.copyOf(bypass);
  }
}
