package dev.penstock.volumes.claim;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What a layer says of the grains of one page. Immutable, so that whoever reads one needs no lock.
 *
 * <p>Few runs are kept as runs, many as two bits for each grain: a page takes a few bytes where a
 * volume was written in long stretches or hardly at all, and never more than 4 KiB.
 */
public final class ClaimPage {
  /** From here on the bits are smaller. */
  static final int RUNS_MAX = 1024;

  /** What an encoded page never exceeds. */
  public static final int ENCODED_BYTES_MAX = 4 + Grains.PER_PAGE / 4;

  public static final ClaimPage EMPTY = new ClaimPage(new int[0], new long[0]);

  private static final ClaimPage ALL_DATA = whole(GrainState.DATA);
  private static final ClaimPage ALL_ZERO = whole(GrainState.ZERO);

  private static final int PER_WORD = 32;
  private static final int WORDS = Grains.PER_PAGE / PER_WORD;
  private static final int OBJECT_BYTES = 56;

  /** A longer change may leave few runs, and is worth looking. */
  private static final int SHORT = 1 << 10;

  /** Sorted: first grain, count less one, state, in 14, 14 and 2 bits. None if there are bits. */
  private final int[] runs;

  /** Two for each grain, the first one lowest. None if there are runs. */
  private final long[] bits;

  private ClaimPage(int[] runs, long[] bits) {
    this.runs = runs;
    this.bits = bits;
  }

  private static ClaimPage whole(GrainState state) {
    return new ClaimPage(new int[] {pack(0, Grains.PER_PAGE, state)}, new long[0]);
  }

  private static int pack(int first, int end, GrainState state) {
    return (first << 16) | ((end - first - 1) << 2) | state.code();
  }

  private static int first(int run) {
    return run >>> 16;
  }

  private static int end(int run) {
    return first(run) + ((run >> 2) & (Grains.PER_PAGE - 1)) + 1;
  }

  private static GrainState state(int run) {
    return GrainState.of(run & 3);
  }

  /** Takes runs of one page, in order. */
  @FunctionalInterface
  public interface Sink {
    void accept(int first, int end, GrainState state);
  }

  public boolean isEmpty() {
    return runs.length == 0 && bits.length == 0;
  }

  public GrainState at(int grain) {
    if (bits.length > 0)
      return GrainState.of((int) (bits[grain / PER_WORD] >>> (2 * (grain % PER_WORD))) & 3);
    int i = lastAtOrBefore(grain);
    return i >= 0 && grain < end(runs[i]) ? state(runs[i]) : GrainState.ABSENT;
  }

  private int lastAtOrBefore(int grain) {
    if (runs.length == 0) return -1;
    int i = Arrays.binarySearch(runs, (grain << 16) | 0xffff);
    return i >= 0 ? i : -i - 2;
  }

  /** The same but for the grains from {@code first} to before {@code end}. */
  public ClaimPage with(int first, int end, GrainState state) {
    if (first == 0 && end == Grains.PER_PAGE) {
      if (state == GrainState.DATA) return ALL_DATA;
      return state == GrainState.ZERO ? ALL_ZERO : EMPTY;
    }
    if (bits.length > 0 && end - first < SHORT) return withBits(first, end, state);
    int before = lastAtOrBefore(first);
    boolean isFree =
        bits.length == 0
            && (before < 0 || end(runs[before]) <= first)
            && (before + 1 == runs.length || first(runs[before + 1]) >= end);
    if (isFree && state != GrainState.ABSENT && runs.length + 1 < RUNS_MAX)
      return inserted(before + 1, first, end, state);
    Builder builder = new Builder();
    forEach(0, first, builder::add);
    builder.add(first, end, state);
    forEach(end, Grains.PER_PAGE, builder::add);
    return builder.build();
  }

  private ClaimPage withBits(int first, int end, GrainState state) {
    long[] changed = bits.clone();
    setBits(changed, first, end, state);
    return new ClaimPage(new int[0], changed);
  }

  private static void setBits(long[] bits, int first, int end, GrainState state) {
    for (int grain = first; grain < end; grain++) {
      int shift = 2 * (grain % PER_WORD);
      bits[grain / PER_WORD] =
          (bits[grain / PER_WORD] & ~(3L << shift)) | ((long) state.code() << shift);
    }
  }

  /** Between the runs that are there; joined with a neighbour that says the same. */
  private ClaimPage inserted(int at, int first, int end, GrainState state) {
    boolean joinsBefore = at > 0 && end(runs[at - 1]) == first && state(runs[at - 1]) == state;
    boolean joinsAfter = at < runs.length && first(runs[at]) == end && state(runs[at]) == state;
    int from = joinsBefore ? first(runs[at - 1]) : first;
    int to = joinsAfter ? end(runs[at]) : end;
    int head = joinsBefore ? at - 1 : at;
    int tail = joinsAfter ? at + 1 : at;
    int[] changed = new int[head + 1 + runs.length - tail];
    System.arraycopy(runs, 0, changed, 0, head);
    changed[head] = pack(from, to, state);
    System.arraycopy(runs, tail, changed, head + 1, runs.length - tail);
    return new ClaimPage(changed, new long[0]);
  }

  /** What the two say together: what this one says, and where it says nothing, the other. */
  public ClaimPage over(ClaimPage older) {
    if (isEmpty()) return older;
    if (older.isEmpty()) return this;
    return older.bits.length > 0 && isShort() ? overBits(older) : overRuns(older);
  }

  private boolean isShort() {
    if (bits.length > 0) return false;
    int grains = 0;
    for (int run : runs) grains += end(run) - first(run);
    return grains < SHORT;
  }

  /** What a round of flushing adds to a page of many claims: its price is that of a copy. */
  private ClaimPage overBits(ClaimPage older) {
    long[] changed = older.bits.clone();
    forEach(0, Grains.PER_PAGE, (first, end, state) -> setBits(changed, first, end, state));
    return new ClaimPage(new int[0], changed);
  }

  private ClaimPage overRuns(ClaimPage older) {
    Builder builder = new Builder();
    int[] at = {0};
    forEach(
        0,
        Grains.PER_PAGE,
        (first, end, state) -> {
          older.forEach(at[0], first, builder::add);
          builder.add(first, end, state);
          at[0] = end;
        });
    older.forEach(at[0], Grains.PER_PAGE, builder::add);
    return builder.build();
  }

  /** The runs that are claimed, cut to the range; runs that touch differ. */
  public void forEach(int from, int to, Sink sink) {
    if (from >= to) return;
    if (bits.length > 0) forEachOfBits(from, to, sink);
    else
      for (int i = Math.max(0, lastAtOrBefore(from)); i < runs.length; i++) {
        int first = Math.max(from, first(runs[i]));
        int end = Math.min(to, end(runs[i]));
        if (first(runs[i]) >= to) return;
        if (first < end) sink.accept(first, end, state(runs[i]));
      }
  }

  private void forEachOfBits(int from, int to, Sink sink) {
    int at = from;
    while (at < to) {
      GrainState state = at(at);
      int end = endOfBits(at, to, state);
      if (state != GrainState.ABSENT) sink.accept(at, end, state);
      at = end;
    }
  }

  private int endOfBits(int from, int to, GrainState state) {
    long same = state.code() * 0x5555_5555_5555_5555L;
    int at = from;
    while (at < to) {
      int inWord = at % PER_WORD;
      long differs = (bits[at / PER_WORD] ^ same) >>> (2 * inWord);
      if (differs != 0) return Math.min(to, at + Long.numberOfTrailingZeros(differs) / 2);
      at += PER_WORD - inWord;
    }
    return to;
  }

  int count(GrainState wanted) {
    int[] count = {0};
    forEach(
        0,
        Grains.PER_PAGE,
        (first, end, state) -> {
          if (state == wanted) count[0] += end - first;
        });
    return count[0];
  }

  /** What it takes in memory, about. */
  long memoryBytes() {
    return OBJECT_BYTES + 4L * runs.length + 8L * bits.length;
  }

  /** How many runs, or {@link #RUNS_MAX} if there are bits, and then the one or the other. */
  void encode(ByteBuffer target) {
    target.putInt(bits.length > 0 ? RUNS_MAX : runs.length);
    for (int run : runs) target.putInt(run);
    for (long word : bits) target.putLong(word);
  }

  int encodedBytes() {
    return 4 + 4 * runs.length + 8 * bits.length;
  }

  /** {@link GatewayError.Damaged} if no page is encoded so. */
  static ClaimPage decode(ByteBuffer source) {
    int count = source.getInt();
    if (count < 0 || count > RUNS_MAX) throw nonsense();
    if (count < RUNS_MAX) return decodeRuns(source, count);
    long[] bits = new long[WORDS];
    for (int i = 0; i < WORDS; i++) {
      bits[i] = source.getLong();
      if ((bits[i] & (bits[i] >>> 1) & 0x5555_5555_5555_5555L) != 0) throw nonsense();
    }
    return new ClaimPage(new int[0], bits);
  }

  private static ClaimPage decodeRuns(ByteBuffer source, int count) {
    int[] runs = new int[count];
    int before = 0;
    for (int i = 0; i < count; i++) {
      int run = source.getInt();
      boolean known = (run & 3) == GrainState.DATA.code() || (run & 3) == GrainState.ZERO.code();
      if (!known || run < 0 || first(run) < before || end(run) > Grains.PER_PAGE) throw nonsense();
      before = end(run);
      runs[i] = run;
    }
    return new ClaimPage(runs, new long[0]);
  }

  private static GatewayError nonsense() {
    return new GatewayError.Damaged("a page of claims makes no sense");
  }

  /** Puts runs together that come in order. */
  private static final class Builder {
    private int[] runs = new int[8];
    private int count;
    private int first;
    private int end;
    private GrainState state = GrainState.ABSENT;

    void add(int from, int to, GrainState next) {
      if (from >= to || next == GrainState.ABSENT) return;
      if (from == end && next == state) {
        end = to;
        return;
      }
      finish();
      first = from;
      end = to;
      state = next;
    }

    private void finish() {
      if (state == GrainState.ABSENT) return;
      if (count == runs.length) runs = Arrays.copyOf(runs, 2 * count);
      runs[count++] = pack(first, end, state);
    }

    ClaimPage build() {
      finish();
      if (count == 0) return EMPTY;
      return count < RUNS_MAX
          ? new ClaimPage(Arrays.copyOf(runs, count), new long[0])
          : new ClaimPage(new int[0], bits());
    }

    private long[] bits() {
      long[] bits = new long[WORDS];
      for (int i = 0; i < count; i++)
        for (int grain = first(runs[i]); grain < end(runs[i]); grain++)
          bits[grain / PER_WORD] |= (long) state(runs[i]).code() << (2 * (grain % PER_WORD));
      return bits;
    }
  }
}
