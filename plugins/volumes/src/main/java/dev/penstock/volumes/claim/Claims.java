package dev.penstock.volumes.claim;

import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What a layer says of its grains.
 *
 * <p><b>Threads.</b> Any number may read while one changes it: a reader sees each page as it was
 * before or after.
 */
public final class Claims {
  /** A node of the map, its key and its share of the index. */
  private static final int ENTRY_BYTES = 64;

  private final NavigableMap<Long, ClaimPage> pages = new ConcurrentSkipListMap<>();

  public boolean isEmpty() {
    return pages.isEmpty();
  }

  public GrainState at(long grain) {
    return page(Grains.pageOf(grain)).at(Grains.inPage(grain));
  }

  /** {@link ClaimPage#EMPTY} if nothing is claimed there. */
  public ClaimPage page(long page) {
    return pages.getOrDefault(page, ClaimPage.EMPTY);
  }

  /** The pages with claims, in order. Changes while it is changed. */
  public NavigableMap<Long, ClaimPage> pages() {
    return pages;
  }

  public void set(long first, long count, GrainState state) {
    long end = first + count;
    for (long at = first; at < end; ) {
      long page = Grains.pageOf(at);
      long pageEnd = Math.min(end, Grains.firstOf(page + 1));
      int from = Grains.inPage(at);
      put(page, page(page).with(from, from + (int) (pageEnd - at), state));
      at = pageEnd;
    }
  }

  void put(long number, ClaimPage page) {
    if (page.isEmpty()) pages.remove(number);
    else pages.put(number, page);
  }

  /** Takes over what {@code newer} says. */
  public void add(Claims newer) {
    newer.pages.forEach((number, page) -> put(number, page.over(page(number))));
  }

  public Claims copy() {
    Claims copy = new Claims();
    copy.pages.putAll(pages);
    return copy;
  }

  /** The claimed runs from one grain to before the other, in order, cut to that range. */
  public void forEach(long from, long to, Run.Sink sink) {
    Joining joining = new Joining(sink);
    for (Map.Entry<Long, ClaimPage> entry : pages.tailMap(Grains.pageOf(from), true).entrySet()) {
      long base = Grains.firstOf(entry.getKey());
      if (base >= to || joining.isOver) break;
      entry
          .getValue()
          .forEach(
              (int) Math.max(0, from - base),
              (int) Math.min(Grains.PER_PAGE, to - base),
              (first, end, state) -> joining.add(base + first, end - first, state));
    }
    joining.finish();
  }

  /** All of them. */
  public void forEach(Run.Sink sink) {
    forEach(0, Long.MAX_VALUE, sink);
  }

  public long count(GrainState state) {
    return pages.values().stream().mapToLong(page -> page.count(state)).sum();
  }

  /** What it takes in memory, about. */
  public long memoryBytes() {
    return pages.values().stream().mapToLong(page -> ENTRY_BYTES + page.memoryBytes()).sum();
  }

  /** Joins runs across the borders of pages. */
  private static final class Joining {
    private final Run.Sink sink;
    private long first;
    private long count;
    private GrainState state = GrainState.ABSENT;
    private boolean isOver;

    Joining(Run.Sink sink) {
      this.sink = sink;
    }

    void add(long from, long length, GrainState next) {
      if (isOver) return;
      if (from == first + count && next == state) {
        count += length;
        return;
      }
      finish();
      first = from;
      count = length;
      state = next;
    }

    void finish() {
      if (count > 0 && !isOver) isOver = !sink.accept(new Run(first, count, state));
      count = 0;
    }
  }
}
