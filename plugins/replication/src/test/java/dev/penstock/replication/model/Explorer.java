package dev.penstock.replication.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Goes through every state that a model can get into, those first that take the fewest steps.
 *
 * @param <S> a state of the model
 * @param <H> what must not be
 */
public final class Explorer<S, H extends Enum<H>> {
  /** More would not fit into a test's memory, or its time. */
  private static final int STATES_MAX = 30_000_000;

  /** States are kept in pieces, so that none of them has to be moved when there are more. */
  private static final int PIECE = 1 << 16;

  private final Model<S, H> model;
  private final int words;
  private final long[] packed;
  private final List<long[]> states = new ArrayList<>();
  private int[] cameFrom = new int[PIECE];
  private int[] table = new int[1 << 18];
  private int count;

  public Explorer(Model<S, H> model) {
    this.model = model;
    words = model.words();
    packed = new long[words];
    Arrays.fill(table, -1);
  }

  public int states() {
    return count;
  }

  /**
   * Goes on until one of these was done.
   *
   * @return the shortest way to it; empty if there is none
   */
  public Optional<List<String>> find(Set<H> harms) {
    add(model.start(), -1);
    for (int at = 0; at < count; at++) {
      int from = at;
      S state = state(at);
      Set<H> wrong = model.harm(state);
      if (!Collections.disjoint(wrong, harms)) return Optional.of(told(stepsTo(at), wrong));
      var found = new ArrayDeque<List<String>>();
      model.next(
          state,
          (what, after, harm) -> {
            if (found.isEmpty() && !Collections.disjoint(harm, harms)) {
              List<String> steps = stepsTo(from);
              steps.add(what.get());
              found.add(told(steps, harm));
            }
            add(after, from);
          });
      if (!found.isEmpty()) return Optional.of(found.getFirst());
    }
    return Optional.empty();
  }

  /** All that were found. */
  public void each(Consumer<S> state) {
    for (int at = 0; at < count; at++) state.accept(state(at));
  }

  private static <H> List<String> told(List<String> steps, Set<H> harm) {
    steps.add("=> " + harm);
    return steps;
  }

  private S state(int at) {
    long[] piece = states.get(at / PIECE);
    int first = at % PIECE * words;
    return model.unpack(Arrays.copyOfRange(piece, first, first + words));
  }

  private List<String> stepsTo(int at) {
    if (cameFrom[at] < 0) return new ArrayList<>();
    List<String> steps = stepsTo(cameFrom[at]);
    List<Supplier<String>> one = new ArrayList<>();
    model.next(
        state(cameFrom[at]),
        (what, after, _) -> {
          if (one.isEmpty() && number(after) == at) one.add(what);
        });
    steps.add(one.getFirst().get());
    return steps;
  }

  /**
   * The states from which none of some things that can happen leads to a wanted state any more.
   *
   * @param happening what is certain to happen, if nothing else does
   * @return one of them, by the shortest way to it; empty if there is none. After {@link #find} has
   *     found nothing
   */
  public Optional<List<String>> stuck(
      Predicate<S> wanted, BiConsumer<S, Model.Next<S, H>> happening) {
    boolean[] gets = new boolean[count];
    int[][] before = new int[count][];
    int[] befores = new int[count];
    for (int at = 0; at < count; at++) {
      int from = at;
      gets[at] = wanted.test(state(at));
      happening.accept(
          state(at),
          (_, after, _) -> {
            int to = number(after);
            int[] known = before[to] == null ? new int[2] : before[to];
            if (befores[to] == known.length) known = Arrays.copyOf(known, 2 * known.length);
            known[befores[to]++] = from;
            before[to] = known;
          });
    }
    var queue = new ArrayDeque<Integer>();
    for (int at = 0; at < count; at++) if (gets[at]) queue.add(at);
    while (!queue.isEmpty()) {
      int to = queue.remove();
      for (int i = 0; i < befores[to]; i++) {
        int from = before[to][i];
        if (gets[from]) continue;
        gets[from] = true;
        queue.add(from);
      }
    }
    for (int at = 0; at < count; at++) if (!gets[at]) return Optional.of(stepsTo(at));
    return Optional.empty();
  }

  private void add(S state, int from) {
    model.pack(state, packed);
    int slot = slot(packed);
    if (table[slot] >= 0) return;
    if (count == STATES_MAX) throw new IllegalStateException("more than " + count + " states");
    if (count == cameFrom.length) cameFrom = Arrays.copyOf(cameFrom, 2 * count);
    if (count % PIECE == 0) states.add(new long[PIECE * words]);
    table[slot] = count;
    System.arraycopy(packed, 0, states.get(count / PIECE), count % PIECE * words, words);
    cameFrom[count++] = from;
    if (count > table.length / 2) rehash();
  }

  private int number(S state) {
    model.pack(state, packed);
    return table[slot(packed)];
  }

  /** Where a state is, or would be. */
  private int slot(long[] state) {
    long mixed = 0;
    for (long word : state) mixed = (mixed ^ word ^ mixed >>> 29) * 0x9E3779B97F4A7C15L;
    int slot = (int) (mixed >>> 33) & (table.length - 1);
    while (table[slot] >= 0 && !isState(table[slot], state)) slot = (slot + 1) & (table.length - 1);
    return slot;
  }

  private boolean isState(int at, long[] state) {
    int first = at % PIECE * words;
    return Arrays.equals(states.get(at / PIECE), first, first + words, state, 0, words);
  }

  private void rehash() {
    table = new int[4 * table.length];
    Arrays.fill(table, -1);
    for (int at = 0; at < count; at++) {
      int first = at % PIECE * words;
      System.arraycopy(states.get(at / PIECE), first, packed, 0, words);
      table[slot(packed)] = at;
    }
  }
}
