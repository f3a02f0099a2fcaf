package dev.penstock.spi.module;

import io.vertx.core.Future;
import java.util.Map;

/**
 * What a module remembers across restarts: few, small texts. Each module has its own, by its name
 * in the configuration.
 *
 * <p><b>Threads.</b> Any; nothing blocks. <b>Errors.</b> {@link
 * dev.penstock.spi.GatewayError.Invalid} for more than {@link #VALUE_CHARACTERS_MAX}.
 *
 * @since SPI 1.0
 */
public interface ModuleState {
  int VALUE_CHARACTERS_MAX = 64 * 1024;

  /** Everything there is, as it is now. */
  Map<String, String> all();

  /** Completes when a power cut would not undo it. */
  Future<Void> put(String key, String value);

  /** Completes when a power cut would not undo it. Removing what is not there is harmless. */
  Future<Void> remove(String key);
}
