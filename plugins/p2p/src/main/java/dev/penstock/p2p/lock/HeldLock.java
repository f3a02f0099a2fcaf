package dev.penstock.p2p.lock;

import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;

/**
 * Content that a client has locked, under an id that only that client knows. Made and ended by
 * {@link LockTable}. Any thread.
 */
public final class HeldLock {
  private final String id;
  private final String repository;
  private final Key key;
  private final String by;
  private final Instant since;
  private final Hold hold;
  private final long keptUntilNanos;
  private final Promise<Void> ended = Promise.promise();
  private int keepers;

  HeldLock(String id, LockTable.Wanted wanted, Instant since, Hold hold, long keptUntilNanos) {
    this.id = id;
    this.repository = wanted.repository();
    this.key = wanted.key();
    this.by = wanted.by();
    this.since = since;
    this.hold = hold;
    this.keptUntilNanos = keptUntilNanos;
  }

  public String id() {
    return id;
  }

  public String repository() {
    return repository;
  }

  public Key key() {
    return key;
  }

  /** Who locked it, for people. */
  public String by() {
    return by;
  }

  public Instant since() {
    return since;
  }

  /** How many connections keep it beyond its time. */
  public synchronized int keepers() {
    return keepers;
  }

  /** Completes when it is held no longer, on the thread that ended it. Does not fail. */
  public Future<Void> ended() {
    return ended.future();
  }

  synchronized void keep() {
    keepers++;
  }

  synchronized void leave() {
    keepers--;
  }

  /** Nobody keeps it, and its time is over. */
  synchronized boolean isOver(long nowNanos) {
    return keepers == 0 && nowNanos - keptUntilNanos >= 0;
  }

  Hold hold() {
    return hold;
  }

  void end() {
    ended.tryComplete();
  }
}
