package dev.penstock.pruner.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The settings of the module.
 *
 * @param policies in the order of the file
 */
public record PrunerConfig(List<Policy> policies, Limits limits) {
  /** Every plan looks at each of them. */
  static final int POLICIES_MAX = 1000;

  public PrunerConfig {
    policies = List.copyOf(policies);
  }

  /** Reads the block of a module. Every problem goes to {@code problems}, with file and line. */
  public static PrunerConfig read(Block block, Rules rules, Problems problems) {
    List<Policy> policies = new ArrayList<>();
    for (Block.Named named : block.namedBlocks("policies", problems))
      policies.add(Policy.read(named, rules, problems));
    if (policies.size() > POLICIES_MAX)
      problems.add(
          block.at("policies"),
          "%s: %d policies; the most is %d".formatted(block.name(), policies.size(), POLICIES_MAX));
    Limits limits = Limits.read(block.block("limits", problems), problems);
    block.refuseOtherKeys(problems);
    return new PrunerConfig(policies, limits);
  }

  /** Those that mean a volume: it is kept by the rules of all of them. */
  public List<Policy> policiesOf(String volume) {
    return policies.stream().filter(policy -> policy.volumes().mean(volume)).toList();
  }

  /**
   * With less free room than so many bytes, what a plan needs of a volume goes too. As with rules,
   * a policy more never lets more go: it is the least of all that mean it, and empty, for never, if
   * one of them has none.
   */
  public OptionalLong lowSpaceOf(String volume) {
    List<Policy> policies = policiesOf(volume);
    if (policies.stream().anyMatch(policy -> policy.lowSpace().isEmpty()))
      return OptionalLong.empty();
    return policies.stream().mapToLong(policy -> policy.lowSpace().getAsLong()).min();
  }
}
