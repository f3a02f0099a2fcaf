package dev.penstock.p2p.lock;

import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * All locks of all repositories, whichever event loop they came on.
 *
 * <pre>
 *   lock ─► kept by nobody ─► {@link KeyStore#RETENTION} after lock: over
 *                │   ▲
 *              keep  leave (its connection was lost; over at once if its time is)
 *                ▼   │
 *              kept ─► release
 * </pre>
 *
 * <p><b>Lifecycle.</b> {@link #expire} comes from a timer; {@link #close} ends all there are.
 * <b>Threads.</b> Any; nothing blocks. <b>Limit.</b> Each lock has a slot from before its
 * repository is asked until it has ended or was refused, whichever way.
 */
public final class LockTable {
  /**
   * What is to be locked.
   *
   * @param by who asks, for people
   */
  public record Wanted(String repository, Key key, String by) {}

  private final IntSupplier locksMax;
  private final InstantSource clock;
  private final LongSupplier nanoClock;
  private final Map<String, HeldLock> locks = new ConcurrentHashMap<>();
  private final AtomicInteger slots = new AtomicInteger();
  private volatile boolean closed;

  public LockTable(IntSupplier locksMax, InstantSource clock, LongSupplier nanoClock) {
    this.locksMax = locksMax;
    this.clock = clock;
    this.nanoClock = nanoClock;
  }

  /**
   * Locks content.
   *
   * @param store asks the repository
   * @return empty if it was refused, or there are as many locks as may be
   */
  public Future<Optional<HeldLock>> lock(Wanted wanted, Supplier<Future<Optional<Hold>>> store) {
    if (slots.incrementAndGet() > locksMax.getAsInt() || closed) {
      slots.decrementAndGet();
      return Future.succeededFuture(Optional.empty());
    }
    long until = nanoClock.getAsLong() + KeyStore.RETENTION.toNanos();
    return asked(store)
        .map(hold -> hold.flatMap(one -> enter(wanted, one, until)))
        .onComplete(done -> {
          if (done.failed() || done.result().isEmpty()) slots.decrementAndGet();
        });
  }

  private static Future<Optional<Hold>> asked(Supplier<Future<Optional<Hold>>> store) {
    try {
      return store.get();
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private Optional<HeldLock> enter(Wanted wanted, Hold hold, long until) {
    if (closed) {
      hold.release();
      return Optional.empty();
    }
    var lock = new HeldLock(UUID.randomUUID().toString(), wanted, clock.instant(), hold, until);
    locks.put(lock.id(), lock);
    hold.lost().onComplete(_ -> release(lock));
    if (closed) close(); // whoever closed it may have looked just before
    return Optional.of(lock);
  }

  /** Its time does not run while somebody keeps it. Empty if there is none of this repository. */
  public Optional<HeldLock> keep(String id, String repository) {
    HeldLock lock = locks.get(id);
    if (lock == null || !lock.repository().equals(repository)) return Optional.empty();
    lock.keep();
    if (locks.containsKey(id)) return Optional.of(lock);
    return Optional.empty(); // it ended meanwhile
  }

  /** Whoever kept it has gone without a word. */
  public void leave(HeldLock lock) {
    lock.leave();
    if (lock.isOver(nanoClock.getAsLong())) release(lock);
  }

  /** Harmless twice. */
  public void release(HeldLock lock) {
    if (!locks.remove(lock.id(), lock)) return;
    slots.decrementAndGet();
    lock.hold().release();
    lock.end();
  }

  public Optional<HeldLock> find(String id) {
    return Optional.ofNullable(locks.get(id));
  }

  /** Releases those that nobody keeps and whose time is over. */
  public void expire() {
    long now = nanoClock.getAsLong();
    for (HeldLock lock : locks.values()) if (lock.isOver(now)) release(lock);
  }

  /** The oldest first. */
  public List<HeldLock> all() {
    return locks.values().stream().sorted(Comparator.comparing(HeldLock::since)).toList();
  }

  public int size() {
    return locks.size();
  }

  /** How many are held or being asked for. */
  public int slots() {
    return slots.get();
  }

  /**
   * Ends all, and refuses whatever comes. Nobody has let go of what is held: their repositories,
   * which close next, leave it retained, since clients may be about to drop their own copies.
   */
  public void close() {
    closed = true;
    locks.values().forEach(this::abandon);
  }

  private void abandon(HeldLock lock) {
    if (!locks.remove(lock.id(), lock)) return;
    slots.decrementAndGet();
    lock.end();
  }
}
