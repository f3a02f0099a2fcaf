package dev.penstock.pruner.run;

import dev.penstock.pruner.config.Policy;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a run is about.
 *
 * @param policies by name; those volumes that one of them means. None: all
 * @param volumes by name. None: all
 */
public record Wanted(Trigger trigger, Set<String> policies, Set<String> volumes) {
  /** Why there is a run. */
  public enum Trigger {
    /**
     * Somebody asked for it: then volumes that are left alone for a while, since they failed, are
     * tried all the same.
     */
    HAND,
    /** Its time has come. */
    TIME,
    /** Snapshots were taken. */
    SNAPSHOT,
    /** What was deferred is perhaps needed by nobody any more: it is about nothing else. */
    DEFERRED
  }

  /** Of a title: more says nothing to people. */
  private static final int NAMES_MAX = 3;

  public Wanted {
    policies = Set.copyOf(policies);
    volumes = Set.copyOf(volumes);
  }

  public boolean byHand() {
    return trigger == Trigger.HAND;
  }

  /** Both in one, of one trigger. */
  Wanted and(Wanted other) {
    return new Wanted(trigger, union(policies, other.policies), union(volumes, other.volumes));
  }

  /** None of them is all of them. */
  private static Set<String> union(Set<String> some, Set<String> others) {
    if (some.isEmpty() || others.isEmpty()) return Set.of();
    return Stream.concat(some.stream(), others.stream()).collect(Collectors.toSet());
  }

  boolean means(String volume, List<Policy> itsPolicies) {
    if (itsPolicies.isEmpty() || (!volumes.isEmpty() && !volumes.contains(volume))) return false;
    return policies.isEmpty()
        || itsPolicies.stream().anyMatch(policy -> policies.contains(policy.name()));
  }

  /** What its task is called. */
  String title() {
    return "prune " + (volumes.isEmpty() ? some(policies) : some(volumes));
  }

  private static String some(Collection<String> names) {
    if (names.isEmpty()) return "all";
    String first = new TreeSet<>(names).stream().limit(NAMES_MAX).collect(Collectors.joining(", "));
    int more = names.size() - NAMES_MAX;
    return more > 0 ? "%s and %d more".formatted(first, more) : first;
  }
}
