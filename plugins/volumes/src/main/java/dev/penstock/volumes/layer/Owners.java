package dev.penstock.volumes.layer;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.claim.ClaimPage;
import dev.penstock.volumes.claim.GrainState;
import dev.penstock.volumes.claim.Grains;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Who owns each grain of a view, page by page as somebody asks, and as far as memory goes.
 *
 * <p><b>Threads.</b> Any. {@link #load} may wait for the disk, {@link #find} never does. A page
 * that is changed and one that is built exclude each other; nobody who only looks waits.
 */
final class Owners {
  /** What the writer has claimed and its layer does not say yet, the newest first. */
  interface Ahead {
    List<ClaimPage> pages(long page);
  }

  private static final int LOCKS = 64;

  /**
   * What pages are built from.
   *
   * @param layers the newest first
   * @param ahead of the first of them
   */
  private record Source(List<Layer> layers, Ahead ahead) {}

  /** A page in memory. */
  final class Resident implements Budget.Held {
    private final long number;
    private volatile OwnerPage page;
    private volatile boolean used = true;

    private Resident(long number, OwnerPage page) {
      this.number = number;
      this.page = page;
    }

    OwnerPage page() {
      if (!used) used = true;
      return page;
    }

    @Override
    public boolean wasUsed() {
      boolean was = used;
      used = false;
      return was;
    }

    @Override
    public boolean letGo() {
      // Without the lock: whoever lets others go may hold that of another page.
      boolean _ = pages.compareAndSet((int) number, this, null);
      return true;
    }
  }

  private final Object[] locks = new Object[LOCKS];
  private final Slots slots;
  private final Budget memory;
  private volatile Source source;
  private volatile AtomicReferenceArray<@Nullable Resident> pages;

  Owners(List<Layer> layers, Slots slots, Ahead ahead, Budget memory) {
    Arrays.setAll(locks, _ -> new Object());
    this.source = new Source(List.copyOf(layers), ahead);
    this.slots = slots;
    this.memory = memory;
    this.pages = new AtomicReferenceArray<>(pagesOf(layers.getFirst().sizeBytes()));
  }

  private static int pagesOf(long sizeBytes) {
    return (int) ((Grains.holding(sizeBytes) + Grains.PER_PAGE - 1) / Grains.PER_PAGE);
  }

  private Object lock(long page) {
    return locks[(int) (page % LOCKS)];
  }

  /** Other layers that show the same. */
  void nowOf(List<Layer> others, Ahead ahead) {
    source = new Source(List.copyOf(others), ahead);
  }

  /** What it said is said by others. */
  void without(Layer gone) {
    Source before = source;
    source =
        new Source(
            before.layers().stream().filter(layer -> !layer.equals(gone)).toList(), before.ahead());
  }

  /** There is more to own. What is added belongs to whom the layers say. */
  void growTo(long sizeBytes) {
    AtomicReferenceArray<@Nullable Resident> larger =
        new AtomicReferenceArray<>(pagesOf(sizeBytes));
    int last = pages.length() - 1;
    Resident stale; // it says that what is past the end is zero
    synchronized (lock(last)) {
      for (int i = 0; i < last; i++) larger.set(i, pages.get(i));
      stale = pages.get(last);
      pages = larger;
    }
    if (stale != null) memory.remove(stale);
  }

  /** The page, if it is in memory. */
  @Nullable Resident find(long page) {
    return pages.get((int) page);
  }

  Resident load(long page) {
    Resident found = pages.get((int) page);
    if (found != null) return found;
    Resident built;
    synchronized (lock(page)) {
      found = pages.get((int) page);
      if (found != null) return found;
      built = new Resident(page, built(page));
      pages.set((int) page, built);
    }
    memory.add(built, built.page.memoryBytes());
    return built;
  }

  /**
   * Somebody else owns a range, which lies in one page.
   *
   * @param noted done while no page can be built that would miss it
   */
  void change(long first, long end, int slot, Runnable noted) {
    long page = Grains.pageOf(first);
    synchronized (lock(page)) {
      noted.run();
      Resident resident = pages.get((int) page);
      if (resident == null) return;
      OwnerPage before = resident.page;
      int from = Grains.inPage(first);
      resident.page = before.with(from, from + (int) (end - first), slot);
      if (resident.page.memoryBytes() != before.memoryBytes())
        memory.resize(resident, resident.page.memoryBytes());
    }
  }

  void forgetAll() {
    for (int i = 0; i < pages.length(); i++) {
      Resident resident;
      synchronized (lock(i)) { // one that is being built is forgotten too
        resident = pages.getAndSet(i, null);
      }
      if (resident != null) memory.remove(resident);
    }
  }

  /** A layer may be merged while its claims are read: then what it said is said by another. */
  private OwnerPage built(long page) {
    while (true) {
      Source from = source;
      try {
        OwnerPage built = build(page, from);
        if (source.equals(from)) return built;
      } catch (GatewayError | IllegalStateException e) {
        if (source.equals(from)) throw e;
      }
    }
  }

  private OwnerPage build(long page, Source from) {
    Building building = new Building(page);
    boolean isTop = true;
    for (Layer layer : from.layers()) {
      building.endAt(layer.sizeBytes());
      if (building.isDone()) break;
      int slot = slots.slotOf(layer);
      if (isTop) from.ahead().pages(page).forEach(claims -> building.claim(claims, slot));
      isTop = false;
      if (layer.isRoot()) building.rest(slot);
      else building.claim(layer.claims().page(page), slot);
      if (building.isDone()) break;
    }
    return building.done();
  }

  /** Fills in a page from the newest layer down. */
  private static final class Building {
    private static final char NOBODY_YET = 0xffff;

    private final char[] owners = new char[Grains.PER_PAGE];
    private final long base;
    private int missing = Grains.PER_PAGE;
    private int end = Grains.PER_PAGE;

    Building(long page) {
      Arrays.fill(owners, NOBODY_YET);
      base = Grains.firstOf(page);
    }

    boolean isDone() {
      return missing == 0;
    }

    /** Past a layer's end is zero, whatever is below. */
    void endAt(long sizeBytes) {
      long its = Math.max(0, Grains.holding(sizeBytes) - base);
      if (its >= end) return;
      set((int) its, end, Slots.ZERO);
      end = (int) its;
    }

    void claim(ClaimPage claims, int slot) {
      claims.forEach(
          0,
          Grains.PER_PAGE,
          (first, end, state) -> set(first, end, state == GrainState.DATA ? slot : Slots.ZERO));
    }

    void rest(int slot) {
      set(0, Grains.PER_PAGE, slot);
    }

    private void set(int first, int end, int slot) {
      for (int grain = first; grain < end; ) {
        int to = OwnerPage.endOfRun(owners, grain, end);
        if (owners[grain] == NOBODY_YET) {
          Arrays.fill(owners, grain, to, (char) slot);
          missing -= to - grain;
        }
        grain = to;
      }
    }

    OwnerPage done() {
      if (missing > 0) throw new IllegalStateException("a view ends without a root");
      return OwnerPage.of(owners);
    }
  }
}
