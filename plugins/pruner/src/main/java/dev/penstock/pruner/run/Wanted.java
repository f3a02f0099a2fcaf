package dev.penstock.pruner.run;

import dev.penstock.pruner.config.Policy;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a run is about.
 *
 * @param policies by name; those volumes that one of them means. None: all
 * @param volumes by name. None: all
 * @param byHand whether somebody asked for it: then volumes that are left alone for a while, since
 *     they failed, are tried all the same
 */
public record Wanted(Set<String> policies, Set<String> volumes, boolean byHand) {
  public Wanted {
    policies = Set.copyOf(policies);
    volumes = Set.copyOf(volumes);
  }

  boolean means(String volume, List<Policy> itsPolicies) {
    if (itsPolicies.isEmpty() || (!volumes.isEmpty() && !volumes.contains(volume))) return false;
    return policies.isEmpty()
        || itsPolicies.stream().anyMatch(policy -> policies.contains(policy.name()));
  }

  /** What its task is called. */
  String title() {
    if (!volumes.isEmpty()) return "prune " + String.join(", ", new TreeSet<>(volumes));
    return "prune " + (policies.isEmpty() ? "all" : String.join(", ", new TreeSet<>(policies)));
  }
}
