package dev.penstock.gateway.state;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ModuleState;
import io.vertx.core.Future;
import java.util.Map;

/** A module's own texts, under the module's name. */
public final class StoredModuleState implements ModuleState {
  /** A module that remembers more than this wants a store. */
  static final int KEYS_MAX = 100_000;

  private final StateMap map;
  private final String module;

  public StoredModuleState(StateFile file, String module) {
    this.map = file.map("module." + module);
    this.module = module;
  }

  @Override
  public Map<String, String> all() {
    return map.all();
  }

  @Override
  public Future<Void> put(String key, String value) {
    if (value.length() > VALUE_CHARACTERS_MAX || key.length() > VALUE_CHARACTERS_MAX)
      return Future.failedFuture(
          new GatewayError.Invalid(
              "module %s: a text of %d characters is too long to remember; the most is %d"
                  .formatted(
                      module, Math.max(key.length(), value.length()), VALUE_CHARACTERS_MAX)));
    if (map.get(key).isEmpty() && map.size() >= KEYS_MAX)
      return Future.failedFuture(
          new GatewayError.Invalid(
              "module %s remembers %d texts already".formatted(module, KEYS_MAX)));
    return map.put(key, value);
  }

  @Override
  public Future<Void> remove(String key) {
    return map.remove(key);
  }
}
