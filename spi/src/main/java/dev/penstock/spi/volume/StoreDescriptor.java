package dev.penstock.spi.volume;

/**
 * What the host has to know of a kind of store before it opens one.
 *
 * @param kind what the configuration calls it: {@code kind: files}
 * @param waitsOn where its calls block, and so on which threads they run
 * @since SPI 1.0
 */
public record StoreDescriptor(String kind, WaitsOn waitsOn) {
  /** Where a blocking call spends its time. */
  public enum WaitsOn {
    /** Native file calls, which pin a thread: they run on few, bounded platform threads. */
    FILES,
    /** Sockets: calls run on virtual threads, many at a time. */
    NETWORK
  }
}
