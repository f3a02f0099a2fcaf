package dev.penstock.p2p.pool;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Connections that are open and not in use, by what they can be used for. Each call takes the same
 * time however many there are; the oldest goes first.
 *
 * <p><b>Room.</b> As many as were in use at once lately, between a least and a most: so a busy
 * repository does not open a connection for each request, and one that is left alone keeps few.
 *
 * <p><b>Lifecycle.</b> What a call answers to be evicted is the caller's to close: nothing here is
 * closed under a lock. <b>Threads.</b> Any.
 *
 * @param <K> what a connection can be used for
 * @param <C> a connection, equal to itself alone
 */
public final class IdlePool<K, C> {
  private final int least;
  private final int most;

  /** What each can be used for, the oldest first. All that follows is guarded by this. */
  private final LinkedHashMap<C, K> all = new LinkedHashMap<>();

  private final Map<K, LinkedHashSet<C>> byKey = new HashMap<>();
  private int inUse;
  private int peak;
  private int peakBefore;
  private long evicted;
  private boolean closed;

  /**
   * @param least kept however quiet it is
   * @param most kept however busy it is
   */
  public IdlePool(int least, int most) {
    if (least < 0 || most < least)
      throw new IllegalArgumentException("from %d to %d connections".formatted(least, most));
    this.least = least;
    this.most = most;
  }

  /** Counts one in use from now on, whether it comes from here or is opened. */
  public synchronized void used() {
    inUse++;
    peak = Math.max(peak, inUse);
  }

  /** One that was in use is not any more, whether it comes back here or is closed. */
  public synchronized void unused() {
    inUse--;
  }

  /** The one of this key that was in use last: it is the least likely to be stale. */
  public synchronized Optional<C> take(K key) {
    LinkedHashSet<C> same = byKey.get(key);
    if (same == null) return Optional.empty();
    C newest = same.getLast();
    forget(newest, key);
    return Optional.of(newest);
  }

  /**
   * Keeps one. If there is no room the oldest of the same key goes for it, so that one busy client
   * does not take the others' place; the oldest of all if there is none of the key.
   *
   * @return what is to be closed: perhaps this one
   */
  public synchronized List<C> keep(K key, C connection) {
    if (closed || room() == 0) return List.of(connection);
    List<C> going = new ArrayList<>();
    while (all.size() >= room()) going.add(evict(key));
    evicted += going.size();
    all.put(connection, key);
    byKey.computeIfAbsent(key, _ -> new LinkedHashSet<>()).add(connection);
    return going;
  }

  private C evict(K preferred) {
    LinkedHashSet<C> same = byKey.get(preferred);
    if (same == null) return evictOldest();
    C oldest = same.getFirst();
    forget(oldest, preferred);
    return oldest;
  }

  private C evictOldest() {
    Map.Entry<C, K> oldest = all.firstEntry();
    forget(oldest.getKey(), oldest.getValue());
    return oldest.getKey();
  }

  private void forget(C connection, K key) {
    all.remove(connection);
    LinkedHashSet<C> same = byKey.get(key);
    if (same == null) return;
    same.remove(connection);
    if (same.isEmpty()) byKey.remove(key);
  }

  /**
   * Takes out one that is of no use any more.
   *
   * @return whether it was in
   */
  public synchronized boolean remove(C connection) {
    K key = all.get(connection);
    if (key == null) return false;
    forget(connection, key);
    return true;
  }

  /**
   * A while has passed: room is what was in use at once since the last time but one. Takes out what
   * is beyond it, the oldest first.
   */
  public synchronized List<C> aWhilePassed() {
    peakBefore = peak;
    peak = inUse;
    List<C> going = new ArrayList<>();
    while (all.size() > room()) going.add(evictOldest());
    evicted += going.size();
    return going;
  }

  /** How many may be kept now. */
  public synchronized int room() {
    return Math.clamp(Math.max(peak, peakBefore), least, most);
  }

  public synchronized int size() {
    return all.size();
  }

  public synchronized int inUse() {
    return inUse;
  }

  /** How many had to go for others, or because it was quiet; not those that ended by themselves. */
  public synchronized long evicted() {
    return evicted;
  }

  /** Keeps none any more. Answers all there were. */
  public synchronized List<C> close() {
    closed = true;
    List<C> rest = List.copyOf(all.keySet());
    all.clear();
    byKey.clear();
    return rest;
  }
}
