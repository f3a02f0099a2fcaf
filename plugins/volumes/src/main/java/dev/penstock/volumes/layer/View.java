package dev.penstock.volumes.layer;

import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.FileRegion;
import dev.penstock.volumes.claim.ClaimPage;
import dev.penstock.volumes.claim.Grains;
import dev.penstock.volumes.disk.Facilities;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a layer and all those below it show together: the content of a volume or of a snapshot.
 *
 * <p><b>Lifecycle.</b> Holds no file; {@link #close} gives its memory back. <b>Threads.</b> Any
 * number read. {@link #put}, {@link #merged} and {@link #grown} come one at a time, and reads go on
 * meanwhile: what they see is right before and after.
 */
public final class View {
  /**
   * What is claimed of a page and not in the layers yet; the newest first. Snapshots have nothing
   * of the kind.
   */
  @FunctionalInterface
  public interface Ahead {
    List<ClaimPage> pages(long page);
  }

  private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(64 << 10).asReadOnlyBuffer();

  private static final int LENGTH_BITS = 48;
  private static final long UNKNOWN = -1;

  private final Facilities facilities;
  private final Slots slots;
  private final Owners owners;
  private volatile Stack stack;

  /** Changes as a whole: whoever reads has to see a top and its number that belong together. */
  private record Stack(List<Layer> layers, int topSlot) {
    /** One plain file: nobody has to be asked who owns what. */
    boolean isOneFile() {
      return layers.getFirst().isRoot();
    }
  }

  /**
   * @param layers the newest first, the root last
   */
  public View(List<Layer> layers, Ahead ahead, Budget memory, Facilities facilities) {
    this.facilities = facilities;
    this.slots = new Slots(layers);
    this.stack = new Stack(List.copyOf(layers), slots.slotOf(layers.getFirst()));
    this.owners = new Owners(layers, slots, ahead::pages, memory);
  }

  /** The newest first, the root last. */
  public List<Layer> layers() {
    return stack.layers();
  }

  public Layer top() {
    return layers().getFirst();
  }

  /**
   * A new layer is on top, which claims nothing yet.
   *
   * @param ahead of that layer; all that was ahead is in the layers
   */
  public void put(Layer top, Ahead ahead) {
    List<Layer> more = new ArrayList<>(layers());
    more.addFirst(top);
    int slot = slots.add(top);
    owners.nowOf(more, ahead::pages);
    stack = new Stack(List.copyOf(more), slot);
  }

  /** Whether there is a number for one more layer. */
  public boolean hasRoom() {
    return !slots.isFull();
  }

  /** What the one showed, the other shows now. */
  public void merged(Layer gone, Layer into) {
    List<Layer> left = layers().stream().filter(layer -> !layer.equals(gone)).toList();
    owners.without(gone);
    slots.merge(gone, into);
    stack = new Stack(left, slots.slotOf(left.getFirst()));
    if (stack.isOneFile()) owners.forgetAll();
  }

  /** The top layer is larger. */
  public void grown() {
    owners.growTo(top().sizeBytes());
  }

  /** Nothing of this view is kept in memory any more. */
  public void close() {
    owners.forgetAll();
  }

  /** Fills {@code target}. The range lies within the view. */
  public void read(long offset, ByteBuffer target) {
    int limit = target.limit();
    long end = offset + target.remaining();
    long at = offset;
    while (at < end) {
      Span span = span(at, end);
      target.limit(target.position() + (int) (span.end - at));
      if (span.slot == Slots.ZERO) putZeroes(target);
      else readFrom(span.slot, at, target);
      at = span.end;
    }
    target.limit(limit);
  }

  private void readFrom(int slot, long offset, ByteBuffer target) {
    Layer layer = held(slot);
    try {
      int limit = target.limit();
      long inFile = Math.clamp(layer.sizeBytes() - offset, 0, target.remaining());
      target.limit(target.position() + (int) inFile);
      if (inFile > 0) layer.data().data().read(offset, target);
      target.limit(limit);
      putZeroes(target);
    } finally {
      layer.data().release();
    }
  }

  /** The layer of the slot, its file open. It may have been merged since it was looked up. */
  private Layer held(int slot) {
    Layer layer = slots.layer(slot);
    while (!layer.data().hold()) {
      Layer into = slots.layer(slot);
      if (into.equals(layer) && layer.data().isRetired())
        throw new IllegalStateException("layer %s is gone".formatted(layer.id()));
      layer = into;
    }
    return layer;
  }

  private static void putZeroes(ByteBuffer target) {
    while (target.hasRemaining())
      target.put(ZEROES.slice(0, Math.min(ZEROES.capacity(), target.remaining())));
  }

  /** Fast path: copies what is in memory, in one file; 0 if that cannot be told without waiting. */
  public int readNow(long offset, ByteBuffer target) {
    long span = spanNow(offset, offset + target.remaining());
    if (span == UNKNOWN) return 0;
    int limit = target.limit();
    int lengthBytes = (int) lengthOf(span);
    target.limit(target.position() + lengthBytes);
    try {
      if (slotOf(span) != Slots.ZERO) return readNowFrom(slotOf(span), offset, target);
      putZeroes(target);
      return lengthBytes;
    } finally {
      target.limit(limit);
    }
  }

  private int readNowFrom(int slot, long offset, ByteBuffer target) {
    Layer layer = slots.layer(slot);
    if (offset + target.remaining() > layer.sizeBytes() || !layer.data().tryHold()) return 0;
    try {
      return layer.data().data().readNow(offset, target);
    } finally {
      layer.data().release();
    }
  }

  /** Fast path: the range as leases on files; empty if it has to be read. */
  public List<FileRegion> regions(long offset, long lengthBytes) {
    List<FileRegion> leases = new ArrayList<>(1);
    long end = offset + lengthBytes;
    long at = offset;
    while (at < end) {
      long span = spanNow(at, end);
      boolean isData = span != UNKNOWN && slotOf(span) != Slots.ZERO;
      long spanEnd = at + lengthOf(span);
      List<FileRegion> more = isData ? lease(slotOf(span), at, spanEnd) : List.of();
      if (more.isEmpty()) {
        leases.forEach(FileRegion::close);
        return List.of();
      }
      leases.addAll(more);
      at = spanEnd;
    }
    return leases;
  }

  private List<FileRegion> lease(int slot, long offset, long end) {
    Layer layer = slots.layer(slot);
    if (end > layer.sizeBytes() || !layer.data().tryHold()) return List.of();
    try {
      return layer.data().regions().map(r -> r.lease(offset, end - offset)).orElse(List.of());
    } finally {
      layer.data().release();
    }
  }

  public void extents(long offset, long lengthBytes, Extent.Sink sink) {
    Extents extents = new Extents(facilities, sink);
    long end = offset + lengthBytes;
    long at = offset;
    while (at < end && extents.wantsMore()) {
      Span span = span(at, end);
      if (span.slot == Slots.ZERO) extents.hole(at, span.end);
      else extentsOf(span.slot, at, span.end, extents);
      at = span.end;
    }
    extents.finish();
  }

  private void extentsOf(int slot, long from, long to, Extents extents) {
    Layer layer = held(slot);
    try {
      long inFile = Math.clamp(layer.sizeBytes(), from, to);
      if (inFile > from) extents.inFile(layer.data().data(), from, inFile);
      extents.hole(inFile, to);
    } finally {
      layer.data().release();
    }
  }

  /** A hint that the range will be read. */
  public void willNeed(long offset, long lengthBytes) {
    long end = offset + lengthBytes;
    for (long at = offset; at < end; ) {
      Span span = span(at, end);
      if (span.slot != Slots.ZERO) willNeed(span.slot, at, span.end);
      at = span.end;
    }
  }

  private void willNeed(int slot, long from, long to) {
    Layer layer = held(slot);
    try {
      layer.data().data().willNeed(from, to - from);
    } finally {
      layer.data().release();
    }
  }

  /**
   * Up to where the top layer has all the data from {@code grain} on; {@code grain} if it has not.
   */
  public long ownedByTop(long grain, long end) {
    Stack now = stack;
    return now.isOneFile() ? end : ownedBy(now.topSlot(), grain, end);
  }

  /** Up to where this layer's data shows; {@code grain} if it does not. */
  public long ownedBy(Layer layer, long grain, long end) {
    return ownedBy(slots.slotOf(layer), grain, end);
  }

  private long ownedBy(int slot, long grain, long end) {
    long at = grain;
    while (at < end) {
      OwnerPage page = owners.load(Grains.pageOf(at)).page();
      int inPage = Grains.inPage(at);
      int its = page.at(inPage);
      if (!slots.isSame(its, slot)) return at;
      at += page.end(inPage, its, (int) Math.min(Grains.PER_PAGE, inPage + end - at)) - inPage;
    }
    return end;
  }

  /** Up to where everything from {@code grain} on reads as zero by what is claimed. */
  public long zeroUpTo(long grain, long end) {
    if (stack.isOneFile()) return grain;
    long at = grain;
    while (at < end) {
      OwnerPage page = owners.load(Grains.pageOf(at)).page();
      int inPage = Grains.inPage(at);
      int its = page.at(inPage);
      if (its != Slots.ZERO) return at;
      at += page.end(inPage, its, (int) Math.min(Grains.PER_PAGE, inPage + end - at)) - inPage;
    }
    return end;
  }

  /** Up to where some layer has data from {@code grain} on, by what is claimed. */
  public long notZeroUpTo(long grain, long end) {
    if (stack.isOneFile()) return end;
    long at = grain;
    while (at < end) {
      OwnerPage page = owners.load(Grains.pageOf(at)).page();
      int inPage = Grains.inPage(at);
      int its = page.at(inPage);
      if (its == Slots.ZERO) return at;
      at += page.end(inPage, its, (int) Math.min(Grains.PER_PAGE, inPage + end - at)) - inPage;
    }
    return end;
  }

  /**
   * The top layer owns a range, which lies in one page.
   *
   * @param noted done while nobody can look the page up anew
   */
  public void own(long first, long end, boolean isZero, Runnable noted) {
    owners.change(first, end, isZero ? Slots.ZERO : stack.topSlot(), noted);
  }

  /** A run of one owner. */
  private record Span(int slot, long end) {}

  private Span span(long at, long end) {
    Stack now = stack;
    if (now.isOneFile()) return new Span(now.topSlot(), end);
    long grain = Grains.of(at);
    long span = spanIn(owners.load(Grains.pageOf(grain)).page(), at, end);
    return new Span(slotOf(span), at + lengthOf(span));
  }

  /** As {@link #span}, as one number, or {@link #UNKNOWN} if nobody can tell without waiting. */
  private long spanNow(long at, long end) {
    Stack now = stack;
    if (now.isOneFile()) return packed(now.topSlot(), end - at);
    Owners.@Nullable Resident resident = owners.find(Grains.pageOf(Grains.of(at)));
    return resident == null ? UNKNOWN : spanIn(resident.page(), at, end);
  }

  /** Looked up once: the page may be changed, or be another one, the next time. */
  private static long spanIn(OwnerPage page, long at, long end) {
    long grain = Grains.of(at);
    int inPage = Grains.inPage(grain);
    int slot = page.at(inPage);
    if (Grains.of(end - 1) == grain) return packed(slot, end - at);
    long wanted = Math.min(Grains.PER_PAGE, inPage + Grains.holding(end) - grain);
    long endGrain = grain - inPage + page.end(inPage, slot, (int) wanted);
    return packed(slot, Math.min(end, Grains.offsetOf(endGrain)) - at);
  }

  /** A slot and a length in one number, so that a small read makes no object. */
  private static long packed(int slot, long lengthBytes) {
    return ((long) slot << LENGTH_BITS) | lengthBytes;
  }

  private static int slotOf(long span) {
    return (int) (span >>> LENGTH_BITS);
  }

  private static long lengthOf(long span) {
    return span & ((1L << LENGTH_BITS) - 1);
  }
}
