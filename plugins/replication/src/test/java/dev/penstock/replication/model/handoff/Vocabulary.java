package dev.penstock.replication.model.handoff;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Numbers for things, in the order in which they are first met: so that a state is a few bits. */
final class Vocabulary<T> {
  private final Map<T, Integer> numbers = new HashMap<>();
  private final List<T> things = new ArrayList<>();
  private final int numberMax;

  Vocabulary(int numberMax) {
    this.numberMax = numberMax;
  }

  int number(T thing) {
    Integer known = numbers.get(thing);
    if (known != null) return known;
    if (things.size() == numberMax) throw new IllegalStateException("one too many: " + thing);
    numbers.put(thing, things.size());
    things.add(thing);
    return things.size() - 1;
  }

  T thing(int number) {
    return things.get(number);
  }

  int size() {
    return things.size();
  }
}
