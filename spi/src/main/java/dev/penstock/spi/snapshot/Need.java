package dev.penstock.spi.snapshot;

import java.time.Duration;

/**
 * Which snapshots of a volume a module needs for one purpose: {@link Snapshots#need}.
 *
 * @param volume its name
 * @param purpose what for, in words that stay the same across restarts: "job offsite"
 * @param live whether work is under way that needs them: then they are needed until somebody says
 *     otherwise, or the module stops
 * @param expiry how long they are kept once nothing is under way and nobody asks again
 * @since SPI 1.0
 */
public record Need(String volume, String purpose, boolean live, Duration expiry) {}
