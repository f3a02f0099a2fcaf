package dev.penstock.spi.bus;

/**
 * The answer to a {@link GatewayCommand} that was carried out.
 *
 * @param outcome for people: "module nbd runs"
 * @since SPI 1.0
 */
public record CommandDone(String outcome) {}
