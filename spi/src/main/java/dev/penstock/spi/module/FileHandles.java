package dev.penstock.spi.module;

import dev.penstock.spi.config.Mark;

/**
 * File handles that a setting allows to be open at once: each connection is one.
 *
 * @param most how many
 * @param what they are for: {@code connections of modules.nbd}
 * @param at the setting
 * @since SPI 1.0
 */
public record FileHandles(long most, String what, Mark at) {}
