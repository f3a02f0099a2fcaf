package dev.penstock.gateway.volume;

import static java.util.Objects.requireNonNull;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The slots of volumes and snapshots by name, as far as there is something to remember of them.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
final class VolumeSlots {
  private final Map<String, VolumeSlot> slots = new ConcurrentHashMap<>();

  /** The slots of the volumes whose turns were taken. */
  interface Taken {
    VolumeSlot of(String volume);
  }

  List<String> names() {
    return List.copyOf(slots.keySet());
  }

  Optional<VolumeSlot> find(String name) {
    return Optional.ofNullable(slots.get(name));
  }

  /** Takes a turn of one volume. */
  <T> Future<T> step(String name, Function<VolumeSlot, Future<T>> step) {
    Future<T> outcome = enqueue(name, step);
    return outcome.onComplete(_ -> forgetIfIdle(name));
  }

  /**
   * Takes a turn of a volume that is not open; {@link GatewayError.Conflict} that names who has it.
   */
  <T> Future<T> unusedStep(String name, String what, Supplier<Future<T>> step) {
    return step(
        name,
        slot -> {
          slot.requireUnused(what);
          return Lending.closed(slot).compose(_ -> step.get());
        });
  }

  /**
   * Takes the turns of several volumes at once. They are taken in the order of the names, so that
   * no two who want several wait for each other.
   */
  <T> Future<T> steps(Collection<String> names, Function<Taken, Future<T>> step) {
    return nextOf(new ArrayDeque<>(new TreeSet<>(names)), new HashMap<>(), step);
  }

  private <T> Future<T> nextOf(
      Deque<String> left, Map<String, VolumeSlot> taken, Function<Taken, Future<T>> step) {
    String name = left.poll();
    if (name == null) return step.apply(volume -> requireNonNull(taken.get(volume)));
    return step(
        name,
        slot -> {
          taken.put(name, slot);
          return nextOf(left, taken, step);
        });
  }

  /** Reserved, so that nobody forgets a slot that is about to be used. */
  private <T> Future<T> enqueue(String name, Function<VolumeSlot, Future<T>> step) {
    VolumeSlot slot;
    synchronized (slots) {
      slot = slots.computeIfAbsent(name, VolumeSlot::new);
      slot.reserve(1);
    }
    return slot.next(() -> step.apply(slot)).onComplete(_ -> slot.reserve(-1));
  }

  /** Gone from its store: what was true of it is true of nothing. */
  void removed(String name) {
    find(name).ifPresent(VolumeSlot::removed);
    forgetIfIdle(name);
  }

  void storeClosed(String store) {
    slots.forEach((name, slot) -> {
      slot.storeClosed(store);
      forgetIfIdle(name);
    });
  }

  void forgetIfIdle(String name) {
    synchronized (slots) {
      slots.computeIfPresent(name, (_, slot) -> slot.isForgettable() ? null : slot);
    }
  }
}
