package dev.penstock.replication.config;

import dev.penstock.replication.plan.KeptAside;
import dev.penstock.replication.plan.Policies;
import dev.penstock.replication.trigger.Cron;
import dev.penstock.replication.trigger.Trigger;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.volume.VolumePatterns;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is done again and again.
 *
 * @param volumes which, by the sender's names for them
 * @param trigger what starts it
 * @param snapshots those that it takes first; empty for none
 * @param steps how many of its steps are taken at once
 * @param bandwidth bytes a second of all its steps; 0 for no limit
 * @param anchor by which its mark on snapshots is called; stays the same if the job is renamed
 * @param attempts how often a run tries
 * @param verify how often what it received is verified; empty for never
 */
public record JobSettings(
    String name,
    Role role,
    VolumePatterns volumes,
    Trigger trigger,
    Optional<SnapshotSettings> snapshots,
    Policies policies,
    Protection protection,
    int steps,
    long bandwidth,
    Compression compression,
    String anchor,
    int attempts,
    PhaseLimits limits,
    Optional<Duration> verify) {

  private static final int STEPS = 2;
  private static final int ATTEMPTS = 3;

  /**
   * Whether the job is about a volume of the sender's. Its own copies are none of them, whatever
   * the patterns say, and what was kept aside is one only if they name it.
   */
  public boolean means(String volume) {
    boolean ownCopy = role instanceof Role.Local(Role.Root root) && volume.startsWith(root.below());
    return volumes.mean(volume) && !ownCopy && (!KeptAside.is(volume) || volumes.name(volume));
  }

  static JobSettings read(Block.Named named, Problems problems) {
    Block block = named.block();
    Names.checkAnchor(named.name(), "the name of a job", named.at(), problems);
    var reader = new Reader(block, problems);
    Role role = Role.read(block, problems);
    var job =
        new JobSettings(
            named.name(),
            role,
            VolumePatterns.read(block, "volumes", problems),
            trigger(reader),
            block.has("snapshots")
                ? Optional.of(SnapshotSettings.read(block.block("snapshots", problems), problems))
                : Optional.empty(),
            policies(reader),
            reader.choice("protection", Protection.RESUMABLE),
            reader.count("steps", STEPS, Limits.STEPS_MAX),
            reader.bandwidth("bandwidth"),
            reader.choice(
                "compression", role.peerName().isPresent() ? Compression.ZSTD : Compression.NONE),
            block.text("anchor", named.name(), problems),
            reader.count("attempts", ATTEMPTS, Limits.ATTEMPTS_MAX),
            PhaseLimits.read(block.block("limits", problems), problems),
            Verify.read(reader));
    block.refuseOtherKeys(problems);
    job.check(reader);
    return job;
  }

  private static Policies policies(Reader reader) {
    return new Policies(
        reader.choice("initial", Policies.DEFAULTS.initial()),
        reader.choice("diverged", Policies.DEFAULTS.diverged()),
        reader.choice("stale_partial", Policies.DEFAULTS.stalePartial()));
  }

  private static Trigger trigger(Reader reader) {
    Block block = reader.block();
    List<String> said = new ArrayList<>();
    for (String key : List.of("every", "cron", "on_snapshot")) if (block.has(key)) said.add(key);
    if (said.size() > 1)
      reader.problem(
          said.getLast(),
          "%s: one of them starts the job; leave the others out"
              .formatted(String.join(", ", said)));
    if (block.has("every"))
      return new Trigger.Every(
          reader.time("every", Duration.ofHours(1), Limits.EVERY_MIN, Limits.EVERY_MAX));
    if (block.has("cron")) return cron(reader);
    return block.bool("on_snapshot", false, reader.problems())
        ? new Trigger.OnSnapshot()
        : new Trigger.Manual();
  }

  private static Trigger cron(Reader reader) {
    String text = reader.block().text("cron", "", reader.problems());
    Optional<Cron> cron = Cron.parse(text);
    if (cron.isEmpty())
      reader.problem(
          "cron",
          "cron is \"%s\", which is no time that ever comes; it takes %s"
              .formatted(text, Cron.EXAMPLES));
    return cron.<Trigger>map(Trigger.At::new).orElseGet(Trigger.Manual::new);
  }

  /** What does not go together. */
  private void check(Reader reader) {
    boolean here = role.copiesBelow().isPresent();
    if (reader.block().has("anchor"))
      Names.checkAnchor(
          anchor,
          reader.block().name() + ": anchor",
          reader.block().at("anchor"),
          reader.problems());
    if (role instanceof Role.Pull && snapshots.isPresent())
      reader.problem("snapshots", "snapshots are taken where the volumes are: at the peer");
    if (role instanceof Role.Pull && trigger instanceof Trigger.OnSnapshot)
      reader.problem(
          "on_snapshot",
          "on_snapshot is for volumes of this gateway; fetch from a peer by every or cron");
    if (trigger instanceof Trigger.OnSnapshot && snapshots.isPresent())
      reader.problem(
          "on_snapshot", "a job that takes snapshots cannot wait for them: use every or cron");
    if (role instanceof Role.SnapshotsOnly && snapshots.isEmpty())
      reader.problem(
          "volumes", "the job does nothing: give it push, pull, local: true, or snapshots");
    if (verify.isPresent() && !here)
      reader.problem(
          "verify",
          "verify is for what comes here, by pull or local; what a peer has, it verifies itself");
  }
}
