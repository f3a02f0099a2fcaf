package dev.penstock.nbd.export;

import dev.penstock.nbd.config.Limits;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that all connections of a module share, each as one of the clients of its export. Who finds
 * too few waits in line.
 *
 * <p><b>Threads.</b> Any.
 */
public final class Budget {
  /** One export leaves so much to the others, however silent its volume is: a half. */
  private static final int PARTS = 2;

  /** Somebody who wants bytes. Stands in one line at a time. */
  public interface Waiter {
    /** What it asked for last may be there now: it should ask again. On any thread. */
    void wake();
  }

  private final AtomicLong free;
  private final AtomicLong keptBytes = new AtomicLong();
  private final AtomicLong turns = new AtomicLong();
  private final Line line = new Line(turns);
  private volatile long bytes;

  public Budget(long bytes) {
    free = new AtomicLong(bytes);
    this.bytes = bytes;
  }

  /**
   * Another size from now on. If less is left than was taken, everybody waits until enough was
   * given back. Who waits since its export had too much looks again by itself.
   */
  public synchronized void resize(long bytesNow) {
    free.addAndGet(bytesNow - bytes);
    bytes = bytesNow;
    line.wakeFirst();
  }

  /** For the clients of another export. */
  public Part part() {
    return new Part();
  }

  /**
   * What the clients of one export have: together half of the budget at most, since all of it may
   * be held for as long as their volume is silent. One request they may have, however large.
   */
  public final class Part {
    private final AtomicLong taken = new AtomicLong();
    private final Line clients = new Line(turns);

    private Part() {}

    /**
     * Takes bytes, or a place in line: among the export's clients while those have too much, and
     * otherwise among all.
     *
     * @return whether they were taken; if not, {@code waiter} is woken later
     */
    public boolean take(long bytes, Waiter waiter) {
      if (!takeHere(bytes, waiter)) {
        line.leave(waiter);
        return false;
      }
      if (takeFree(bytes, waiter)) return true;
      giveHere(bytes);
      return false;
    }

    /** Gives bytes back. */
    public void give(long bytes) {
      free.addAndGet(bytes);
      line.wakeFirst();
      giveHere(bytes);
    }

    /** Leaves the line, if it stands in one. */
    public void forget(Waiter waiter) {
      clients.leave(waiter);
      line.leave(waiter);
    }

    /**
     * Which wait it is that is longer for whoever holds some of this: another number is another
     * wait. 0 if nobody waits but perhaps {@code me}.
     */
    public long othersWait(Waiter me) {
      return Math.max(clients.othersTurn(me), line.othersTurn(me));
    }

    private boolean takeHere(long bytes, Waiter waiter) {
      return (clients.isEmpty() && tryTakeHere(bytes))
          || clients.take(waiter, () -> tryTakeHere(bytes));
    }

    private boolean tryTakeHere(long more) {
      long before;
      do {
        before = taken.get();
        if (before > 0 && before + more > bytes / PARTS) return false;
      } while (!taken.compareAndSet(before, before + more));
      return true;
    }

    private void giveHere(long bytes) {
      taken.addAndGet(-bytes);
      clients.wakeFirst();
    }
  }

  private boolean takeFree(long bytes, Waiter waiter) {
    return (line.isEmpty() && tryTakeFree(bytes)) || line.take(waiter, () -> tryTakeFree(bytes));
  }

  private boolean tryTakeFree(long more) {
    long before;
    do {
      before = free.get();
      if (before < more) return false;
    } while (!free.compareAndSet(before, before - more));
    return true;
  }

  /**
   * Notes how much more has been received that waits to be looked at; less, if it is negative. It
   * is there already: nobody can be refused it, but what is received from then on can be little.
   */
  public void keep(long moreBytes) {
    keptBytes.addAndGet(moreBytes);
  }

  /** Whether more has been received than {@link Limits#RECEIVED_BYTES} and waits. */
  public boolean keepsTooMuch() {
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
}
