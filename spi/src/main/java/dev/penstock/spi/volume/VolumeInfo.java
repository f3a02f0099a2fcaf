package dev.penstock.spi.volume;

import java.time.Instant;
import java.util.UUID;

/**
 * What a store knows of a volume without opening it.
 *
 * @param guid the volume's identity: names can be reused and clocks can jump, so nothing is decided
 *     by either
 * @param name unique within a store; see {@link VolumeName}
 * @param sizeBytes what a client sees
 * @param storedBytes what it takes in the store, as far as the store can tell; 0 if it cannot
 * @since SPI 1.0
 */
public record VolumeInfo(
    UUID guid, String name, long sizeBytes, long storedBytes, Instant createdAt) {}
