package dev.penstock.volumes.layer;

import dev.penstock.volumes.claim.Grains;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Who owns each grain of a page, as numbers of {@link Slots}: the whole answer for a read, however
 * many layers there are.
 *
 * <p><b>Threads.</b> Any number read; {@link #with} comes from one at a time.
 */
sealed interface OwnerPage {
  /**
   * Above, one number for each grain takes up to eight times as much, and a change of one grain
   * copies nothing any more.
   */
  int RUNS_MAX = 1024;

  int at(int grain);

  /**
   * The first grain after this one that is not {@code slot}'s; at most {@code limit}.
   *
   * @param slot what {@link #at} has said of this grain, which may have changed since
   */
  int end(int grain, int slot, int limit);

  /** The page with another owner of a range: this one, or a new one. */
  OwnerPage with(int first, int end, int slot);

  long memoryBytes();

  /** Of an array that is given away. */
  static OwnerPage of(char[] slots) {
    int[] runs = new int[8];
    int count = 0;
    for (int i = 0; i < slots.length; i = endOfRun(slots, i, slots.length)) {
      if (count == RUNS_MAX) return new Dense(slots);
      if (count == runs.length) runs = Arrays.copyOf(runs, 2 * count);
      runs[count++] = Runs.pack(i, slots[i]);
    }
    return new Runs(Arrays.copyOf(runs, count));
  }

  /** The first place after this one where another number stands; at most {@code end}. */
  static int endOfRun(char[] slots, int from, int end) {
    int next = from + 1;
    if (next >= end || slots[next] != slots[from]) return next;
    // Compares many at a time: most pages are one long run, or two.
    int alike = Arrays.mismatch(slots, from, end - 1, slots, next, end);
    return alike < 0 ? end : next + alike;
  }

  /** Where each run begins, and whose it is: 14 and 16 bits. A run ends where the next begins. */
  final class Runs implements OwnerPage {
    private final int[] runs;

    private Runs(int[] runs) {
      this.runs = runs;
    }

    private static int pack(int first, int slot) {
      return first << 16 | slot;
    }

    private int find(int grain) {
      int i = Arrays.binarySearch(runs, pack(grain, 0xffff));
      return i >= 0 ? i : -i - 2;
    }

    @Override
    public int at(int grain) {
      return runs[find(grain)] & 0xffff;
    }

    @Override
    public int end(int grain, int slot, int limit) {
      int next = find(grain) + 1;
      return next == runs.length ? limit : Math.min(limit, runs[next] >>> 16);
    }

    @Override
    public OwnerPage with(int first, int end, int slot) {
      int from = find(first);
      int to = find(end - 1);
      int endOfLast = to + 1 == runs.length ? Grains.PER_PAGE : runs[to + 1] >>> 16;
      int head = runs[from] >>> 16 < first ? from + 1 : from;
      int tail = to + 1;
      int last = runs[to] & 0xffff;
      boolean joinsBefore = head > 0 && (runs[head - 1] & 0xffff) == slot;
      boolean cutsLast = end < endOfLast && last != slot;
      if (!cutsLast && tail < runs.length && (runs[tail] & 0xffff) == slot) tail++;
      int[] changed =
          new int[head + (joinsBefore ? 0 : 1) + (cutsLast ? 1 : 0) + runs.length - tail];
      System.arraycopy(runs, 0, changed, 0, head);
      int at = head;
      if (!joinsBefore) changed[at++] = pack(first, slot);
      if (cutsLast) changed[at++] = pack(end, last);
      System.arraycopy(runs, tail, changed, at, runs.length - tail);
      return changed.length > RUNS_MAX ? new Runs(changed).toDense() : new Runs(changed);
    }

    private Dense toDense() {
      char[] slots = new char[Grains.PER_PAGE];
      for (int i = 0; i < runs.length; i++) {
        int end = i + 1 == runs.length ? Grains.PER_PAGE : runs[i + 1] >>> 16;
        Arrays.fill(slots, runs[i] >>> 16, end, (char) runs[i]);
      }
      return new Dense(slots);
    }

    @Override
    public long memoryBytes() {
      return 40 + 4L * runs.length;
    }
  }

  /** One number for each grain. Changed in place. */
  final class Dense implements OwnerPage {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(char[].class);

    private final char[] slots;

    private Dense(char[] slots) {
      this.slots = slots;
    }

    @Override
    public int at(int grain) {
      return (char) SLOT.getAcquire(slots, grain);
    }

    @Override
    public int end(int grain, int slot, int limit) {
      int at = grain + 1;
      while (at < limit && at(at) == slot) at++;
      return at;
    }

    @Override
    public OwnerPage with(int first, int end, int slot) {
      for (int grain = first; grain < end; grain++) SLOT.setRelease(slots, grain, (char) slot);
      return this;
    }

    @Override
    public long memoryBytes() {
      return 40 + 2L * Grains.PER_PAGE;
    }
  }
}
