package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that all connections of a module share. Who finds too few waits in line, so that a large
 * request is not overtaken for ever by small ones.
 *
 * <p><b>Threads.</b> Any.
 */
public final class Budget {
  /** Somebody who wants bytes. */
  interface Waiter {
    /** What it asked for last may be there now: it should ask again. On any thread. */
    void wake();
  }

  private final AtomicLong free;
  private final AtomicLong keptBytes = new AtomicLong();
  private long bytes;
  private final Deque<Waiter> line = new ArrayDeque<>();
  private volatile int waiting;

  /** Who is first in line, and how many were before, ever. */
  private volatile Turn turn = new Turn(Optional.empty(), 0);

  private record Turn(Optional<Waiter> whose, long number) {}

  public Budget(long bytes) {
    free = new AtomicLong(bytes);
    this.bytes = bytes;
  }

  /**
   * Another size from now on. If less is left than was taken, everybody waits until enough was
   * given back.
   */
  public synchronized void resize(long bytesNow) {
    free.addAndGet(bytesNow - bytes);
    bytes = bytesNow;
    wakeFirst();
  }

  /**
   * Takes bytes, or a place in line.
   *
   * @return whether they were taken; if not, {@code waiter} is woken later
   */
  boolean take(long bytes, Waiter waiter) {
    if (waiting == 0 && tryTake(bytes)) return true;
    boolean taken;
    synchronized (line) {
      if (!line.contains(waiter)) line.add(waiter);
      lineChanged();
      // Asked for after standing in line: what was given back before was not seen by a wake.
      taken = waiter.equals(line.peek()) && tryTake(bytes);
      if (taken) leave(waiter);
    }
    if (taken) wakeFirst();
    return taken;
  }

  /** Gives bytes back. */
  void give(long bytes) {
    free.addAndGet(bytes);
    wakeFirst();
  }

  /** Leaves the line, if it stands in it. */
  void forget(Waiter waiter) {
    boolean stood;
    synchronized (line) {
      stood = line.contains(waiter);
      leave(waiter);
    }
    if (stood) wakeFirst();
  }

  /**
   * Which wait it is that keeps the line from moving: another number is another wait, and each is
   * larger than those before. 0 if nobody waits but perhaps {@code me}.
   */
  long othersWait(Waiter me) {
    Turn now = turn;
    return now.whose.isEmpty() || now.whose.get().equals(me) ? 0 : now.number;
  }

  /**
   * Notes how much more has been received that waits to be looked at; less, if it is negative. It
   * is there already: nobody can be refused it, but what is received from then on can be little.
   */
  void keep(long moreBytes) {
    keptBytes.addAndGet(moreBytes);
  }

  /** Whether more has been received than {@link Limits#RECEIVED_BYTES} and waits. */
  boolean keepsTooMuch() {
    return keptBytes.get() > Limits.RECEIVED_BYTES;
  }

  /** How much has been received and waits. */
  public long keptBytes() {
    return keptBytes.get();
  }

  /** How many bytes are to be had. */
  public long freeBytes() {
    return free.get();
  }

  private void leave(Waiter waiter) {
    line.remove(waiter);
    lineChanged();
  }

  private void lineChanged() {
    waiting = line.size();
    Optional<Waiter> first = Optional.ofNullable(line.peek());
    if (!first.equals(turn.whose)) turn = new Turn(first, turn.number + 1);
  }

  private void wakeFirst() {
    if (waiting == 0) return;
    Waiter first;
    synchronized (line) {
      first = line.peek();
    }
    if (first != null) first.wake();
  }

  private boolean tryTake(long bytes) {
    long before;
    do {
      before = free.get();
      if (before < bytes) return false;
    } while (!free.compareAndSet(before, before - bytes));
    return true;
  }
}
