package dev.penstock.spi.module;

/**
 * What the host has to know of a kind of module before it starts one.
 *
 * @param kind what the configuration calls it: {@code kind: nbd}
 * @param summary one line for {@code penstock plugin list}
 * @since SPI 1.0
 */
public record ModuleDescriptor(String kind, String summary) {}
