package dev.penstock.spi.bus;

import java.util.function.Consumer;

/**
 * Says and hears what happens in this gateway.
 *
 * <p><b>Threads.</b> Any; nothing blocks. A subscriber is called on the context that it subscribed
 * from, in the order of publication.
 *
 * @since SPI 1.0
 */
public interface Events {
  void publish(GatewayEvent event);

  /** Hears every event from now on, until the subscription is closed or its module stops. */
  Subscription subscribe(Consumer<GatewayEvent> subscriber);

  /** An ear that can be closed. */
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}
