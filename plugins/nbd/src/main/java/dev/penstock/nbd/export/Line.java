package dev.penstock.nbd.export;

import dev.penstock.nbd.export.Budget.Waiter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Those who wait for bytes, in the order in which they came: a large request is not overtaken for
 * ever by small ones.
 *
 * <p><b>Threads.</b> Any.
 */
final class Line {
  private final AtomicLong turns;
  private final Deque<Waiter> waiters = new ArrayDeque<>();
  private volatile int waiting;

  /** Who is first in line, and since which turn. */
  private volatile Turn turn = new Turn(Optional.empty(), 0);

  private record Turn(Optional<Waiter> whose, long number) {}

  /**
   * Nobody waits.
   *
   * @param turns the last turn there was, in this line or in others that are counted with it
   */
  Line(AtomicLong turns) {
    this.turns = turns;
  }

  boolean isEmpty() {
    return waiting == 0;
  }

  /**
   * Takes what there is enough of, or a place.
   *
   * @param enough takes it, if it can be had; asked only for who is first
   * @return whether it was taken; if not, {@code waiter} is woken later
   */
  boolean take(Waiter waiter, BooleanSupplier enough) {
    boolean taken;
    synchronized (waiters) {
      if (!waiters.contains(waiter)) waiters.add(waiter);
      changed();
      // Asked for after standing in line: what was given back before was not seen by a wake.
      taken = waiter.equals(waiters.peek()) && enough.getAsBoolean();
      if (taken) remove(waiter);
    }
    if (taken) wakeFirst();
    return taken;
  }

  /** Leaves the line, if it stands in it. */
  void leave(Waiter waiter) {
    if (isEmpty()) return;
    boolean stood;
    synchronized (waiters) {
      stood = waiters.contains(waiter);
      remove(waiter);
    }
    if (stood) wakeFirst();
  }

  /** Some of what they wait for was given back. */
  void wakeFirst() {
    if (isEmpty()) return;
    Waiter first;
    synchronized (waiters) {
      first = waiters.peek();
    }
    if (first != null) first.wake();
  }

  /**
   * Which turn it is that keeps the line from moving: another number is another one. 0 if nobody
   * waits but perhaps {@code me}.
   */
  long othersTurn(Waiter me) {
    Turn now = turn;
    return now.whose.isEmpty() || now.whose.get().equals(me) ? 0 : now.number;
  }

  private void remove(Waiter waiter) {
    waiters.remove(waiter);
    changed();
  }

  private void changed() {
    waiting = waiters.size();
    Optional<Waiter> first = Optional.ofNullable(waiters.peek());
    if (!first.equals(turn.whose)) turn = new Turn(first, turns.incrementAndGet());
  }
}
