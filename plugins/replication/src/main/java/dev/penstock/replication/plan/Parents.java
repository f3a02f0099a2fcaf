package dev.penstock.replication.plan;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Whether a volume may be sent before those that it is part of, by the slashes in its name, are at
 * the receiver. The names of today have none; stores that nest volumes will.
 */
public final class Parents {
  private Parents() {}

  /** What a volume's parent has come to. */
  public sealed interface Progress {
    /** It is not planned yet. */
    record Planning() implements Progress {}

    /** It could not be planned. */
    record Unplanned() implements Progress {}

    /**
     * It is being sent.
     *
     * @param stepsDone of {@code steps}
     * @param failed whether the step after those failed
     */
    record Sending(List<Step> steps, int stepsDone, boolean failed) implements Progress {
      public Sending {
        steps = List.copyOf(steps);
      }
    }
  }

  /** What becomes of the child. */
  public enum Child {
    RUNS,
    /** Until the parent is there. */
    WAITS,
    /** The parent will not be there in this attempt. */
    FAILS
  }

  /** The names that are ancestors of this one, the nearest last. */
  public static List<String> of(String volume, Collection<String> planned) {
    return planned.stream().filter(other -> volume.startsWith(other + "/")).sorted().toList();
  }

  /** What all of its ancestors together allow. */
  public static Child child(Collection<Progress> ancestors) {
    return ancestors.stream().map(Parents::child).max(Enum::compareTo).orElse(Child.RUNS);
  }

  private static Child child(Progress parent) {
    return switch (parent) {
      case Progress.Planning _ -> Child.WAITS;
      case Progress.Unplanned _ -> Child.FAILS;
      case Progress.Sending(var steps, int done, boolean failed) -> {
        boolean present = done > 0 || firstFrom(steps).isPresent() || steps.isEmpty();
        yield present ? Child.RUNS : failed ? Child.FAILS : Child.WAITS;
      }
    };
  }

  private static Optional<Version> firstFrom(List<Step> steps) {
    return steps.isEmpty() ? Optional.empty() : steps.getFirst().from();
  }
}
