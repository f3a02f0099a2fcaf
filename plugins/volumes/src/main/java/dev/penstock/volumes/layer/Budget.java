package dev.penstock.volumes.layer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How much a store keeps of what it can have again, such as memory or open files: what nobody asked
 * for the longest goes first, about (a clock with one hand).
 *
 * <p><b>Threads.</b> Any. {@link Held} is called without a lock of this class.
 */
public final class Budget {
  /** Something that can be had again. Each is equal to itself only. */
  public interface Held {
    /** Whether somebody has used it since this was asked last, or is using it. */
    boolean wasUsed();

    /** Nobody has: it goes. False if somebody uses it after all, and it stays. */
    boolean letGo();
  }

  private record Entry(Held held, long units) {}

  private final long limitUnits;
  private final Map<Held, Long> held = new LinkedHashMap<>(); // the hand points to the first
  private long usedUnits;

  public Budget(long limitUnits) {
    this.limitUnits = limitUnits;
  }

  /** Counts it, and lets others go until all fits, or nothing is left that can go. */
  public void add(Held one, long units) {
    int tries;
    synchronized (this) {
      put(one, units);
      tries = 2 * held.size(); // twice around: the first time may find everything used
    }
    while (tries-- > 0) {
      Optional<Entry> next = next(one);
      if (next.isEmpty()) return;
      Entry entry = next.get();
      if (entry.held().wasUsed() || !entry.held().letGo()) putBack(entry);
    }
  }

  /** It takes so much now. Nothing happens if it has gone. */
  public synchronized void resize(Held one, long units) {
    Long before = held.replace(one, units);
    if (before != null) usedUnits += units - before;
  }

  /** It went by itself. */
  public synchronized void remove(Held one) {
    Long units = held.remove(one);
    if (units != null) usedUnits -= units;
  }

  public synchronized long usedUnits() {
    return usedUnits;
  }

  private synchronized Optional<Entry> next(Held newest) {
    if (usedUnits <= limitUnits) return Optional.empty();
    var i = held.entrySet().iterator();
    var oldest = i.next();
    if (oldest.getKey().equals(newest)) {
      if (!i.hasNext()) return Optional.empty();
      oldest = i.next();
    }
    Entry entry = new Entry(oldest.getKey(), oldest.getValue());
    i.remove();
    usedUnits -= entry.units();
    return Optional.of(entry);
  }

  private synchronized void putBack(Entry busy) {
    put(busy.held(), busy.units());
  }

  private void put(Held one, long units) {
    Long before = held.put(one, units);
    usedUnits += units - (before == null ? 0 : before);
  }
}
