package dev.penstock.spi.volume;

import java.util.Optional;
import java.util.UUID;

/**
 * What has come of a snapshot that is not here yet.
 *
 * @param from the snapshot that it follows; empty if it brings everything
 * @param to the snapshot that is there at the end
 * @param name what the sender calls it
 * @param sizeBytes how large it is
 * @param offset everything before it is here, and durable
 * @since SPI 1.0
 */
public record Partial(Optional<UUID> from, UUID to, String name, long sizeBytes, long offset) {}
