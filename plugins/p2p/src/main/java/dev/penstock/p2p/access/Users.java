package dev.penstock.p2p.access;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ModuleState;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * All who are known: those of the configuration, and those of the admin API, which are durable in
 * the module's state. Any thread may look; what changes comes on the module's context.
 */
public final class Users {
  /** All of them are in memory, and a change makes the tables anew. */
  public static final int USERS_MAX = 10_000;

  private static final String PREFIX = "user.";

  private final ModuleState state;
  private final List<Runnable> changed = new CopyOnWriteArrayList<>();
  private volatile Known known = new Known(Map.of(), Map.of(), Map.of());

  private record Known(
      Map<String, User> configured, Map<String, User> byName, Map<Token, User> byToken) {
    static Known of(Map<String, User> configured, Collection<User> added) {
      Map<String, User> byName = new HashMap<>();
      for (User user : added) byName.put(user.name(), user);
      byName.putAll(configured); // the file is what an operator sees first
      Map<Token, User> byToken = new HashMap<>();
      for (User user : byName.values()) for (Token token : user.tokens()) byToken.put(token, user);
      return new Known(Map.copyOf(configured), Map.copyOf(byName), Map.copyOf(byToken));
    }
  }

  public Users(ModuleState state) {
    this.state = state;
  }

  /** Takes those of the configuration, and of the state whoever is not among them. */
  public void configured(List<User> users) {
    Map<String, User> configured = new HashMap<>();
    for (User user : users) configured.put(user.name(), user);
    show(configured);
  }

  private void show(Map<String, User> configured) {
    List<User> added = new ArrayList<>();
    state
        .all()
        .forEach((key, value) -> {
          if (key.startsWith(PREFIX))
            read(key.substring(PREFIX.length()), value).ifPresent(added::add);
        });
    known = Known.of(configured, added);
    changed.forEach(Runnable::run);
  }

  private static Optional<User> read(String name, String json) {
    try {
      return Optional.of(UserJson.read(name, new JsonObject(json)));
    } catch (DecodeException | ClassCastException | GatewayError.Invalid _) {
      return Optional.empty(); // of a later release: nobody comes in by what is not understood
    }
  }

  /** Comes whenever somebody may have changed. */
  public void onChange(Runnable told) {
    changed.add(told);
  }

  public boolean isEmpty() {
    return known.byName.isEmpty();
  }

  public Optional<User> find(String name) {
    return Optional.ofNullable(known.byName.get(name));
  }

  public Optional<User> byToken(Token token) {
    return Optional.ofNullable(known.byToken.get(token));
  }

  public List<User> all() {
    return known.byName.values().stream().sorted(Comparator.comparing(User::name)).toList();
  }

  public boolean isConfigured(String name) {
    return known.configured.containsKey(name);
  }

  /** Adds somebody, or replaces him. Completes when a power cut would not undo it. */
  public Future<Void> put(User user) {
    refuseConfigured(user.name());
    if (find(user.name()).isEmpty() && known.byName.size() >= USERS_MAX)
      throw new GatewayError.Conflict("there are %d users; the most".formatted(USERS_MAX));
    return state.put(PREFIX + user.name(), UserJson.write(user).encode()).onSuccess(_ -> again());
  }

  public Future<Void> remove(String name) {
    refuseConfigured(name);
    if (find(name).isEmpty()) throw new GatewayError.NotFound("there is no user " + name);
    return state.remove(PREFIX + name).onSuccess(_ -> again());
  }

  private void again() {
    show(known.configured);
  }

  private void refuseConfigured(String name) {
    if (isConfigured(name))
      throw new GatewayError.Conflict(
          "%s is a user of the configuration; change it there".formatted(name));
  }
}
