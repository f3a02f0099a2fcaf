package dev.penstock.spi.stream;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What a block stream begins with: which snapshot it brings, and upon what.
 *
 * @param volume the guid of the volume at the sender
 * @param from the snapshot that the receiver has to have; empty for one that brings everything
 * @param to the snapshot that is there at the end
 * @param name what the sender calls {@code to}
 * @param createdAt when {@code to} was taken
 * @param sizeBytes how large {@code to} is
 * @param offset where in the volume the stream begins: 0, or what the receiver had already
 * @since SPI 1.0
 */
public record StreamHeader(
    UUID volume,
    Optional<UUID> from,
    UUID to,
    String name,
    Instant createdAt,
    long sizeBytes,
    long offset) {}
