package dev.penstock.gateway.module;

import dev.penstock.gateway.config.ModuleConfig;
import dev.penstock.gateway.plugin.Kinds;
import dev.penstock.spi.GatewayError;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The modules that are configured, and how each of them is.
 *
 * <p><b>Threads.</b> Any; nothing blocks. What is asked of one module happens one after the other;
 * modules do not wait for each other. <b>Errors</b> arrive in the futures: {@link
 * GatewayError.NotFound} for a name that is not configured, otherwise the reason why a module did
 * not start or stop.
 */
public final class ModuleRegistry {
  private final ModuleHost host;
  private final Context home;
  private final Kinds kinds;
  private final Map<String, ModuleSlot> slots =
      Collections.synchronizedMap(new LinkedHashMap<>()); // in the order of the file

  /**
   * @param clockwork a Vert.x that no module runs on, for timers and for what comes between lives
   */
  public ModuleRegistry(ModuleHost host, Vertx clockwork, Kinds kinds) {
    this.host = host;
    this.home = clockwork.getOrCreateContext();
    this.kinds = kinds;
  }

  public List<ModuleStatus> modules() {
    return slots().stream().map(ModuleSlot::status).toList();
  }

  public Optional<ModuleStatus> module(String name) {
    return Optional.ofNullable(slots.get(name)).map(ModuleSlot::status);
  }

  /** Starts a module that is stopped or failed; harmless if it runs. */
  public Future<ModuleStatus> start(String name) {
    return withSlot(name, ModuleSlot::start);
  }

  /** Stops a module until somebody starts it, or the gateway. */
  public Future<ModuleStatus> stop(String name) {
    return withSlot(name, ModuleSlot::stop);
  }

  public Future<ModuleStatus> restart(String name) {
    return withSlot(name, ModuleSlot::restart);
  }

  private Future<ModuleStatus> withSlot(String name, Function<ModuleSlot, Future<Void>> what) {
    ModuleSlot slot = slots.get(name);
    if (slot == null)
      return Future.failedFuture(
          new GatewayError.NotFound("there is no module %s in the configuration".formatted(name)));
    return what.apply(slot).map(_ -> slot.status());
  }

  /** Takes a module in. It is stopped. */
  public void add(ModuleConfig config) {
    slots.put(config.name(), new ModuleSlot(config, host, home, kinds));
  }

  /** Stops a module and forgets it. */
  public Future<Void> remove(String name) {
    ModuleSlot slot = slots.get(name);
    if (slot == null) return Future.succeededFuture();
    return slot.stop().onComplete(_ -> slots.remove(name));
  }

  /** Whether these are the settings that a module of that name has, or will start with. */
  public boolean hasTaken(ModuleConfig config) {
    return Optional.ofNullable(slots.get(config.name()))
        .filter(slot -> slot.config().equals(config))
        .isPresent();
  }

  /**
   * Gives a module other settings, which were validated. Fails if it did not take them, and goes on
   * without.
   */
  public Future<ModuleStatus> reconfigure(ModuleConfig changed) {
    return withSlot(changed.name(), slot -> slot.reconfigure(changed));
  }

  /** Starts all, together. Completes when each runs or has failed; a failure is in its status. */
  public Future<Void> startAll() {
    return startThose(_ -> true);
  }

  /** Starts those modules of these kinds that nobody stopped on purpose. */
  public Future<Void> startKinds(Predicate<String> kind) {
    return startThose(slot -> slot.isWanted() && kind.test(slot.config().kind()));
  }

  private Future<Void> startThose(Predicate<ModuleSlot> which) {
    return together(
        slots().stream().filter(which).map(slot -> slot.start().otherwiseEmpty()).toList());
  }

  /** Stops the modules of a plugin. They stay wanted: {@link #startKinds} brings them back. */
  public Future<Void> haltPlugin(String plugin) {
    return together(
        slots().stream()
            .filter(slot -> slot.status().plugin().filter(plugin::equals).isPresent())
            .map(ModuleSlot::halt)
            .toList());
  }

  /** The names of those that run on a plugin's classes. */
  public Set<String> modulesOf(String plugin) {
    return slots().stream()
        .map(ModuleSlot::status)
        .filter(status -> status.plugin().filter(plugin::equals).isPresent())
        .map(ModuleStatus::name)
        .collect(Collectors.toSet());
  }

  /** Stops all, together. Fails with the first reason, once each has stopped or run out of time. */
  public Future<Void> haltAll() {
    return together(slots().stream().map(ModuleSlot::halt).toList());
  }

  private static Future<Void> together(List<Future<Void>> all) {
    return Future.join(new ArrayList<>(all)).mapEmpty();
  }

  private List<ModuleSlot> slots() {
    synchronized (slots) {
      return List.copyOf(slots.values());
    }
  }
}
