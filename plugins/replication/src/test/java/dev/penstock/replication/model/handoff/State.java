package dev.penstock.replication.model.handoff;

/**
 * Some gateways and the network between them, at one moment. The content of a volume is the number
 * of the last write that was executed on it. All of it fits into a few words, by which states are
 * told apart.
 */
final class State {
  /** No content, nobody, not sent. */
  static final int NONE = 3;

  /** Added to the content that a copy seems to have, and has not. */
  static final int BROKEN = 4;

  static final int GATEWAYS_MAX = 3;
  static final int RECORDS_MAX = 1 << 12;
  static final int LETTERS_MAX = 4 * Long.SIZE;
  static final int WORDS = 2 + LETTERS_MAX / Long.SIZE;

  /** Durable: who owns it, as far as is known at each gateway, by its number. */
  final int[] records = new int[GATEWAYS_MAX];

  /** What a crash leaves of the content. */
  final int[] durable = {NONE, NONE, NONE};

  /** The content that is seen. */
  final int[] seen = {NONE, NONE, NONE};

  /** Whether writes wait: lost in a crash. */
  final boolean[] frozen = new boolean[GATEWAYS_MAX];

  /** What LAST was sent for: lost in a crash. */
  final int[] last = {NONE, NONE, NONE};

  /** What others may have been told was here, whatever became of it. */
  final int[] told = {NONE, NONE, NONE};

  int offers;
  int issued;
  int acknowledged;

  /** At which gateway the write is that was issued and not answered. */
  int pendingAt = NONE;

  /** A write whose client is gone, and where it is. */
  int stray;

  int strayAt = NONE;

  boolean forced;
  boolean replaced;

  final long[] letters = new long[LETTERS_MAX / Long.SIZE];

  boolean has(int letter) {
    return (letters[letter / Long.SIZE] & 1L << letter) != 0;
  }

  void send(int letter) {
    letters[letter / Long.SIZE] |= 1L << letter;
  }

  void drop(int letter) {
    letters[letter / Long.SIZE] &= ~(1L << letter);
  }

  State copy() {
    var words = new long[WORDS];
    pack(words);
    return unpack(words);
  }

  void pack(long[] words) {
    long sites = 0;
    long rest = 0;
    for (int g = 0; g < GATEWAYS_MAX; g++) {
      sites = sites << 12 | records[g];
      sites = sites << 3 | durable[g];
      sites = sites << 3 | seen[g];
      sites = sites << 1 | (frozen[g] ? 1 : 0);
      sites = sites << 2 | last[g];
      rest = rest << 2 | told[g];
    }
    rest = rest << 3 | offers;
    rest = rest << 2 | issued;
    rest = rest << 2 | acknowledged;
    rest = rest << 2 | pendingAt;
    rest = rest << 2 | stray;
    rest = rest << 2 | strayAt;
    rest = rest << 1 | (forced ? 1 : 0);
    rest = rest << 1 | (replaced ? 1 : 0);
    words[0] = sites;
    words[1] = rest;
    System.arraycopy(letters, 0, words, 2, letters.length);
  }

  static State unpack(long[] words) {
    var state = new State();
    var sites = new Unpacking(words[0]);
    var rest = new Unpacking(words[1]);
    state.replaced = rest.next(1) == 1;
    state.forced = rest.next(1) == 1;
    state.strayAt = rest.next(2);
    state.stray = rest.next(2);
    state.pendingAt = rest.next(2);
    state.acknowledged = rest.next(2);
    state.issued = rest.next(2);
    state.offers = rest.next(3);
    for (int g = GATEWAYS_MAX - 1; g >= 0; g--) {
      state.last[g] = sites.next(2);
      state.frozen[g] = sites.next(1) == 1;
      state.seen[g] = sites.next(3);
      state.durable[g] = sites.next(3);
      state.records[g] = sites.next(12);
      state.told[g] = rest.next(2);
    }
    System.arraycopy(words, 2, state.letters, 0, state.letters.length);
    return state;
  }

  private static final class Unpacking {
    private long rest;

    Unpacking(long packed) {
      rest = packed;
    }

    int next(int bits) {
      int part = (int) (rest & ((1L << bits) - 1));
      rest >>>= bits;
      return part;
    }
  }
}
