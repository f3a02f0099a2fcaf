package dev.penstock.pruner.config;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumePatterns;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/**
 * What is kept of which volumes, and when it is looked after.
 *
 * @param every how often; empty for when somebody asks
 * @param afterSnapshot whether also soon after a snapshot of such a volume was taken
 * @param atLeast how many of the newest stay, whatever the rules say
 * @param lowSpace with less free room than so many bytes, what a plan needs goes too; empty for
 *     never
 * @param keep the rules; what each of them lets go is let go. None of them: everything stays
 */
public record Policy(
    String name,
    VolumePatterns volumes,
    Optional<Duration> every,
    boolean afterSnapshot,
    int atLeast,
    OptionalLong lowSpace,
    List<RuleSettings> keep) {

  /** Each run lists all snapshots of all volumes. */
  static final Duration EVERY_MIN = Duration.ofSeconds(1);

  /** Names that people give to snapshots, to find out what becomes of such. */
  private static final List<String> BY_HAND = List.of("monday", "before-upgrade", "Manual_1");

  public Policy {
    keep = List.copyOf(keep);
  }

  static Policy read(Block.Named named, Rules rules, Problems problems) {
    Block block = named.block();
    VolumePatterns volumes = VolumePatterns.read(block, "volumes", problems);
    Optional<Duration> every =
        block.has("every")
            ? Optional.of(block.duration("every", EVERY_MIN, problems))
            : Optional.empty();
    boolean afterSnapshot = block.bool("after_snapshot", false, problems);
    int atLeast = block.integer("at_least", 1, problems);
    OptionalLong lowSpace =
        block.has("low_space")
            ? OptionalLong.of(block.bytes("low_space", 0, problems))
            : OptionalLong.empty();
    List<RuleSettings> keep = keep(named.name(), block, problems);
    block.refuseOtherKeys(problems);
    if (every.isPresent() && every.get().compareTo(EVERY_MIN) < 0)
      problems.add(
          block.at("every"),
          "%s: every is %d ms; the least is %d ms"
              .formatted(block.name(), every.get().toMillis(), EVERY_MIN.toMillis()));
    checkRules(block, keep, rules, problems);
    return new Policy(named.name(), volumes, every, afterSnapshot, atLeast, lowSpace, keep);
  }

  /** A list of blocks with one key each: the rule's. */
  private static List<RuleSettings> keep(String policy, Block block, Problems problems) {
    List<RuleSettings> rules = new ArrayList<>();
    Map<String, Integer> seen = new HashMap<>();
    for (Setting item : items(block, problems)) {
      if (!(item instanceof Block rule) || rule.keys().size() != 1) {
        problems.add(
            item.at(),
            "%s: each item of keep is one rule, as - last: { count: 7 }".formatted(block.name()));
        continue;
      }
      String key = rule.keys().iterator().next();
      int before = seen.merge(key, 1, Integer::sum);
      String label = policy + ": " + key + (before > 1 ? " (" + before + ")" : "");
      rules.add(new RuleSettings(label, key, named(block, key, rule.block(key, problems))));
    }
    return rules;
  }

  private static List<Setting> items(Block block, Problems problems) {
    Optional<Setting> keep = block.setting("keep");
    if (keep.isEmpty()) return List.of();
    if (keep.get() instanceof Setting.Items items) return items.items();
    problems.add(
        block.at("keep"),
        "%s: keep takes a list of rules, not %s".formatted(block.name(), keep.get().called()));
    return List.of();
  }

  /** The same settings, called as a reader of the file would look for them. */
  private static Block named(Block policy, String key, Block settings) {
    Block.Builder named = Block.named(policy.name() + ".keep." + key, settings.at());
    for (String one : settings.keys())
      named.put(one, settings.at(one), settings.setting(one).orElseThrow());
    return named.build();
  }

  private static void checkRules(
      Block block, List<RuleSettings> keep, Rules rules, Problems problems) {
    int before = problems.count();
    List<ConfiguredRule> read = new ArrayList<>();
    for (RuleSettings rule : keep) rules.check(rule, problems).ifPresent(read::add);
    if (problems.count() > before) return;
    if (keep.isEmpty()) {
      problems.warn(block.at(), "%s has no rules: it keeps everything".formatted(block.name()));
      return;
    }
    try {
      warnOfNamesByHand(block, read, problems);
    } catch (GatewayError.Failed e) {
      problems.add(block.at("keep"), e.what());
    }
  }

  /**
   * The greatest trap: every rule is for certain names, and what is called otherwise, such as what
   * somebody takes by hand before an upgrade, is let go by all of them.
   */
  private static void warnOfNamesByHand(
      Block block, List<ConfiguredRule> rules, Problems problems) {
    for (String name : BY_HAND) {
      var snapshot = new SnapshotInfo(new UUID(0, 0), name, 0, Instant.EPOCH, Set.of());
      if (rules.stream().anyMatch(rule -> rule.isFor(snapshot))) continue;
      Mark at = block.has("keep") ? block.at("keep") : block.at();
      problems.warn(
          at,
          "%s: no rule is for a snapshot that is called \"%s\": the next run would destroy it; add a rule that keeps such names, if that is not meant"
              .formatted(block.name(), name));
      return;
    }
  }
}
