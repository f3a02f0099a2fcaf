package dev.penstock.volumes.linux;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Keeps {@link Scratch} memory between calls: allocating it anew costs more than the call. Nothing
 * here waits, and nothing is tied to a thread, which would keep the plugin's class loader alive.
 */
final class ScratchPool {
  /**
   * Well above the calls that run at once, so that two of them seldom meet at one place. With the
   * room to copy that a few of them have, at most 8 MiB.
   */
  private static final int PLACES = 64;

  private final AtomicReferenceArray<@Nullable Scratch> places = new AtomicReferenceArray<>(PLACES);

  Scratch borrow() {
    int place = ThreadLocalRandom.current().nextInt(PLACES);
    Scratch kept = places.getAndSet(place, null);
    return kept == null ? new Scratch(place) : kept;
  }

  /** Whatever was put at its place meanwhile is dropped, and freed by the collector. */
  void giveBack(Scratch scratch) {
    places.set(scratch.place, scratch);
  }
}
