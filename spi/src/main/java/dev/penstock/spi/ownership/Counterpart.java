package dev.penstock.spi.ownership;

/**
 * The other side of a hand-over.
 *
 * @param peer which gateway, by the name that it has here
 * @param volume what the volume is called there
 * @since SPI 1.0
 */
public record Counterpart(String peer, String volume) {
  @Override
  public String toString() {
    return "%s at %s".formatted(volume, peer);
  }
}
