package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ModuleState;
import io.vertx.core.Future;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What a module remembers, in memory: survives a restart of the module, not of the test. */
public final class FakeState implements ModuleState {
  private final Map<String, String> values = new ConcurrentHashMap<>();

  @Override
  public Map<String, String> all() {
    return Map.copyOf(values);
  }

  @Override
  public Future<Void> put(String key, String value) {
    if (value.length() > VALUE_CHARACTERS_MAX)
      return Future.failedFuture(
          new GatewayError.Invalid("%s: %d characters".formatted(key, value.length())));
    values.put(key, value);
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> remove(String key) {
    values.remove(key);
    return Future.succeededFuture();
  }
}
