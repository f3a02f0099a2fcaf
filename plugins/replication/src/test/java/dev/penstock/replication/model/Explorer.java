package dev.penstock.replication.model;

import dev.penstock.replication.model.LeaseModel.Happening;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Goes through every state that a model can get into, those first that take the fewest steps. */
final class Explorer {
  /** More would not fit into a test's memory, or its time. */
  private static final int STATES_MAX = 30_000_000;

  private final LeaseModel model;
  private long[] states = new long[1 << 16];
  private int[] cameFrom = new int[1 << 16];
  private int[] table = new int[1 << 18];
  private int count;

  Explorer(LeaseModel model) {
    this.model = model;
    Arrays.fill(table, -1);
  }

  int states() {
    return count;
  }

  /**
   * Goes on until one of these was done.
   *
   * @return the shortest way to it; empty if there is none
   */
  Optional<List<String>> find(Set<Harm> harms) {
    add(model.start().pack(), -1);
    for (int at = 0; at < count; at++) {
      int from = at;
      var found = new ArrayDeque<List<String>>();
      State state = unpacked(at);
      model.next(
          state,
          (what, receiver, snapshot, after, harm) -> {
            Set<Harm> done = EnumSet.copyOf(model.harm(after));
            done.addAll(harm);
            done.retainAll(harms);
            if (!done.isEmpty() && found.isEmpty()) {
              List<String> steps = stepsTo(from);
              steps.add(told(what, receiver, snapshot));
              steps.add("=> " + done);
              found.add(steps);
            }
            add(after.pack(), from);
          });
      if (!found.isEmpty()) return Optional.of(found.getFirst());
    }
    return Optional.empty();
  }

  private State unpacked(int at) {
    State state = model.start();
    state.unpack(states[at]);
    return state;
  }

  private List<String> stepsTo(int at) {
    if (cameFrom[at] < 0) return new ArrayList<>();
    List<String> steps = stepsTo(cameFrom[at]);
    List<String> one = new ArrayList<>();
    model.next(
        unpacked(cameFrom[at]),
        (what, receiver, snapshot, after, _) -> {
          if (one.isEmpty() && after.pack() == states[at]) one.add(told(what, receiver, snapshot));
        });
    steps.addAll(one);
    return steps;
  }

  private static String told(Happening what, int receiver, int snapshot) {
    String words = what.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    return (receiver < 0 ? "" : "R" + receiver + ": ")
        + words
        + (snapshot == 0 ? "" : " S" + snapshot);
  }

  /**
   * The states from which nothing that can happen leads to one of these any more.
   *
   * @return one of them, by the shortest way to it; empty if there is none. After {@link #find} has
   *     found nothing
   */
  Optional<List<String>> stuck(Predicate<State> wanted) {
    boolean[] gets = new boolean[count];
    int[][] before = new int[count][];
    int[] befores = new int[count];
    for (int at = 0; at < count; at++) {
      int from = at;
      gets[at] = wanted.test(unpacked(at));
      model.next(
          unpacked(at),
          (_, _, _, after, _) -> {
            int to = table[slot(after.pack())];
            int[] known = before[to] == null ? new int[4] : before[to];
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

  private void add(long state, int from) {
    int slot = slot(state);
    if (table[slot] >= 0) return;
    if (count == STATES_MAX) throw new IllegalStateException("more than " + count + " states");
    if (count == states.length) {
      states = Arrays.copyOf(states, 2 * count);
      cameFrom = Arrays.copyOf(cameFrom, 2 * count);
    }
    table[slot] = count;
    states[count] = state;
    cameFrom[count++] = from;
    if (count > table.length / 2) rehash();
  }

  /** Where a state is, or would be. */
  private int slot(long state) {
    long mixed = state * 0x9E3779B97F4A7C15L;
    int slot = (int) (mixed >>> 33) & (table.length - 1);
    while (table[slot] >= 0 && states[table[slot]] != state) slot = (slot + 1) & (table.length - 1);
    return slot;
  }

  private void rehash() {
    table = new int[4 * table.length];
    Arrays.fill(table, -1);
    for (int at = 0; at < count; at++) table[slot(states[at])] = at;
  }
}
