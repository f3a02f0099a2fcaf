package dev.penstock.spi.volume;

import java.util.UUID;

/**
 * What a snapshot takes in its store, about.
 *
 * @param uniqueBytes what destroying it, and nothing else, would give back
 * @param sharedBytes what it shows and others need as well
 * @since SPI 1.0
 */
public record SnapshotSpace(UUID snapshot, long uniqueBytes, long sharedBytes) {}
