package dev.penstock.gateway.admin;

import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import java.util.List;

/** The last events of this run of the gateway, numbered from 1 without holes. */
public interface EventSource {
  /** An event and its number. */
  record Numbered(long number, GatewayEvent event) {}

  /**
   * What is still remembered after a number, oldest first. The first may be later than {@code
   * number + 1}: what is between was forgotten. Any thread; never blocks.
   */
  List<Numbered> after(long number, int max);

  /** The number of the latest event; 0 before the first. */
  long latest();

  /** Calls after each new event, on the context that asked. */
  Events.Subscription onNew(Runnable listener);
}
