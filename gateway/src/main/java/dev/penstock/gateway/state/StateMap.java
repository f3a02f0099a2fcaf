package dev.penstock.gateway.state;

import dev.penstock.gateway.bus.Caller;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Map;
import java.util.Optional;

/** Texts by key within the {@link StateFile}. What is read here is durable. */
public final class StateMap {
  private final StateFile file;
  private final String name;

  StateMap(StateFile file, String name) {
    this.file = file;
    this.name = name;
  }

  public Map<String, String> all() {
    return Map.copyOf(file.durable(name));
  }

  public Optional<String> get(String key) {
    return Optional.ofNullable(file.durable(name).get(key));
  }

  int size() {
    return file.durable(name).size();
  }

  /** Completes when a power cut would not undo it; only then can it be read. */
  public Future<Void> put(String key, String value) {
    return change(key, Optional.of(value));
  }

  /** Completes when a power cut would not undo it; only then is it gone. */
  public Future<Void> remove(String key) {
    return change(key, Optional.empty());
  }

  private Future<Void> change(String key, Optional<String> value) {
    Promise<Void> done = Promise.promise();
    file.change(name, key, value, done);
    return Caller.here().answer(done.future());
  }
}
