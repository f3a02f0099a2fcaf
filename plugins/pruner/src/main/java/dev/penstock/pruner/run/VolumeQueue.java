package dev.penstock.pruner.run;

import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * The volumes that wait for their turn: those that failed least often first. One that may not be
 * tried yet stands in nobody's way.
 */
final class VolumeQueue {
  /** A place in it. */
  record Waiting(int errors, long notBeforeNanos, String volume) {}

  private final TreeSet<Waiting> waiting =
      new TreeSet<>(
          Comparator.comparingInt(Waiting::errors)
              .thenComparingLong(Waiting::notBeforeNanos)
              .thenComparing(Waiting::volume));

  void add(Waiting one) {
    waiting.add(one);
  }

  /** The first that may be tried now. */
  Optional<Waiting> takeReady(long nowNanos) {
    var ready = waiting.stream().filter(one -> one.notBeforeNanos() <= nowNanos).findFirst();
    ready.ifPresent(waiting::remove);
    return ready;
  }

  /** When the next one may be tried. */
  OptionalLong nextNanos() {
    return waiting.stream().mapToLong(Waiting::notBeforeNanos).min();
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }
}
