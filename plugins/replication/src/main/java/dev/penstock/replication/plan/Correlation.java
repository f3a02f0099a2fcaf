package dev.penstock.replication.plan;

import java.util.List;

/**
 * How far a later attempt goes: to where the earlier one wanted to get, and no farther. Otherwise a
 * run would never end on a volume that gets snapshots faster than they are sent.
 */
public sealed interface Correlation {
  record Execute(List<Step> steps) implements Correlation {
    public Execute {
      steps = List.copyOf(steps);
    }
  }

  /** Nothing that was wanted is in the new plan. */
  record None() implements Correlation {}

  /**
   * Compares by what the steps bring.
   *
   * @param uncompleted what the earlier attempt has left undone, in its order
   * @param planned what would be done now, in its order
   */
  static Correlation of(List<Step> uncompleted, List<Step> planned) {
    if (uncompleted.isEmpty() || planned.isEmpty()) return new Execute(planned);
    for (Step wanted : uncompleted.reversed())
      for (int i = planned.size() - 1; i >= 0; i--)
        if (planned.get(i).to().isSameAs(wanted.to()))
          return new Execute(planned.subList(0, i + 1));
    return new None();
  }
}
