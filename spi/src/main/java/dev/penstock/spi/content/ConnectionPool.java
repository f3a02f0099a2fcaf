package dev.penstock.spi.content;

/**
 * How a {@link KeyStore}'s connections are at a moment.
 *
 * @param most there may be in use at once
 * @param keeps how many stay open now that nobody uses: it follows what was in use lately
 * @param inUse by requests, and by locks that are held through them
 * @param idle open, for whoever comes next
 * @param waiting requests that have none yet
 * @param evicted how many idle ones were closed since the store was opened
 * @since SPI 1.0
 */
public record ConnectionPool(int most, int keeps, int inUse, int idle, int waiting, long evicted) {}
