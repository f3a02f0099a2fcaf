package dev.penstock.spi.module;

import io.vertx.core.Future;

/**
 * What serves on one event loop: {@link ModuleContext#serve} makes several, and the host deploys
 * each as a verticle.
 *
 * <p><b>Lifecycle.</b> {@code start}, then {@code stop} once, whether or not {@code start}
 * succeeded. <b>Threads.</b> Both come on the instance's own event loop; servers and timers made
 * there belong to it and end with it.
 *
 * @since SPI 1.0
 */
public interface Serving {
  Future<Void> start();

  Future<Void> stop();
}
