package dev.penstock.spi.bus;

/**
 * Every address of the gateway's event bus. All are local to the process.
 *
 * @since SPI 1.0
 */
public final class Addresses {
  /** Published: {@link GatewayEvent}. */
  public static final String EVENTS = "penstock.events";

  /** Request {@link GatewayCommand}, reply {@link CommandDone}. */
  public static final String COMMANDS = "penstock.commands";

  private Addresses() {}
}
