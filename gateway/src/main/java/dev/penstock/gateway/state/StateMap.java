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
    return Caller.here().answer(change(Map.of(key, Optional.of(value))));
  }

  /** Completes when a power cut would not undo it; only then is it gone. */
  public Future<Void> remove(String key) {
    return Caller.here().answer(change(Map.of(key, Optional.empty())));
  }

  /**
   * Puts and, where the text is empty, removes: a crash leaves all of it or nothing. Changes are
   * written in the order of the calls. The future completes on whatever thread, before any change
   * that was asked for later.
   */
  public Future<Void> change(Map<String, Optional<String>> texts) {
    Promise<Void> done = Promise.promise();
    file.change(name, Map.copyOf(texts), done);
    return done.future();
  }
}
