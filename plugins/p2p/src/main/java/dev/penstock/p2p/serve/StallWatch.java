package dev.penstock.p2p.serve;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Looks after bodies that are under way on one event loop: what does not move for as long as the
 * limit says is ended, whoever is to blame. On that loop.
 */
final class StallWatch {
  /** A body. */
  interface Moving {
    /** Any number that changes with every byte, or nearly. */
    long progress();

    /** Comes once, after it was taken off the watch. */
    void stalled();
  }

  private static final class Mark {
    private long progress;
    private long sinceNanos;

    private Mark(long progress, long sinceNanos) {
      this.progress = progress;
      this.sinceNanos = sinceNanos;
    }
  }

  private final LongSupplier nanoClock;
  private final IdentityHashMap<Moving, Mark> bodies = new IdentityHashMap<>();

  StallWatch(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  void add(Moving body) {
    bodies.put(body, new Mark(body.progress(), nanoClock.getAsLong()));
  }

  /** Harmless twice. */
  void remove(Moving body) {
    bodies.remove(body);
  }

  int size() {
    return bodies.size();
  }

  void look(long limitNanos) {
    if (bodies.isEmpty()) return;
    long now = nanoClock.getAsLong();
    for (Moving body : List.copyOf(bodies.keySet())) {
      Mark mark = bodies.get(body);
      if (mark == null) continue; // the end of another was its end too
      long progress = body.progress();
      if (progress != mark.progress) {
        mark.progress = progress;
        mark.sinceNanos = now;
      } else if (now - mark.sinceNanos >= limitNanos) {
        bodies.remove(body);
        body.stalled();
      }
    }
  }
}
