package dev.penstock.spi.ownership;

/**
 * The other side of a hand-over.
 *
 * @param peer which gateway, by the name that it has here; or the address of something that is none
 * @param volume what the volume is called there
 * @since SPI 1.0
 */
public record Counterpart(String peer, String volume) {
  /**
   * Whether it can be asked, and lead clients on. What is no gateway is called by an address, which
   * has a colon; no gateway's name has one.
   */
  public boolean isGateway() {
    return peer.indexOf(':') < 0;
  }

  @Override
  public String toString() {
    return isGateway() ? "%s at %s".formatted(volume, peer) : peer;
  }
}
