package dev.penstock.nbd.transmit;

import java.time.Instant;

/**
 * What is known of a connection at one moment.
 *
 * @param id of this connection, never used again while the module runs
 * @param peer where it comes from
 * @param listener where it came in
 * @param export what it chose; empty while it negotiates, and for the default export its name
 */
public record ConnectionInfo(
    long id,
    String peer,
    String listener,
    String export,
    Instant since,
    Phase phase,
    long requests,
    int underWay,
    long readBytes,
    long writtenBytes) {
  /** Where a connection stands. */
  public enum Phase {
    NEGOTIATING,
    SERVING,
    LEAVING,
    CLOSED
  }
}
