package dev.penstock.replication.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.volume.VolumePatterns;
import java.time.Duration;
import java.util.Optional;

/**
 * Another gateway: how it is reached, how it is known, and what it may do here.
 *
 * @param address empty for one that only comes here
 * @param certificate the name in its certificate
 * @param push what it may send here; empty for nothing
 * @param pull what it may fetch from here; empty for nothing
 * @param migrate what it may hand over to here; empty for nothing
 * @param jobsMax under how many names of jobs it may hold something here
 * @param streamsMax how many streams it may have under way here
 */
public record PeerSettings(
    String name,
    Optional<PeerAddress> address,
    String certificate,
    Optional<Push> push,
    Optional<VolumePatterns> pull,
    Optional<Migrate> migrate,
    int jobsMax,
    int streamsMax) {

  /** A handful of jobs, and those that were renamed. */
  private static final int JOBS_MAX = 16;

  /** As many as the steps of a module, if it says nothing else. */
  private static final int STREAMS_MAX = 4;

  /**
   * What a peer may send here.
   *
   * @param root where they are made
   * @param volumes which it may send, by its own names for them
   * @param mayRollBack whether it may bring one back to an older snapshot
   * @param verify how often what came is verified; empty for never
   */
  public record Push(
      Role.Root root, VolumePatterns volumes, boolean mayRollBack, Optional<Duration> verify) {
    static Push read(Block block, String peer, Problems problems) {
      var reader = new Reader(block, problems);
      var push =
          new Push(
              Role.Root.read(reader, peer),
              VolumePatterns.read(block, "volumes", problems),
              block.bool("may_roll_back", false, problems),
              Verify.read(reader));
      block.refuseOtherKeys(problems);
      return push;
    }
  }

  /**
   * What a peer may hand over to here, and lead its clients on to.
   *
   * @param store where it goes if there is nothing of it yet
   * @param volumes which it may hand over, by its own names for them
   * @param below what their names begin with here; empty for the same names
   */
  public record Migrate(String store, VolumePatterns volumes, String below) {
    static Migrate read(Block block, Problems problems) {
      var migrate =
          new Migrate(
              block.requiredText("store", problems),
              VolumePatterns.read(block, "volumes", problems),
              block.has("below") ? new Reader(block, problems).prefix("below", "") : "");
      block.refuseOtherKeys(problems);
      return migrate;
    }

    /** What a volume is called here; empty if it may not be handed over. */
    public Optional<String> inside(String volume) {
      return volumes.mean(volume) ? Optional.of(below + volume) : Optional.empty();
    }
  }

  static PeerSettings read(Block.Named named, Problems problems) {
    Block block = named.block();
    var reader = new Reader(block, problems);
    Names.checkPeer(named.name(), "the name of a peer", named.at(), problems);
    Optional<PeerAddress> address = PeerAddress.read(block, problems);
    var peer =
        new PeerSettings(
            named.name(),
            address,
            block.text("certificate", certificate(named.name(), address), problems),
            block.has("push")
                ? Optional.of(Push.read(block.block("push", problems), named.name(), problems))
                : Optional.empty(),
            block.has("pull")
                ? Optional.of(pull(block.block("pull", problems), problems))
                : Optional.empty(),
            block.has("migrate")
                ? Optional.of(Migrate.read(block.block("migrate", problems), problems))
                : Optional.empty(),
            reader.count("jobs_max", JOBS_MAX, Limits.JOBS_MAX),
            reader.count("streams_max", STREAMS_MAX, Limits.STEPS_MAX));
    block.refuseOtherKeys(problems);
    return peer;
  }

  private static VolumePatterns pull(Block block, Problems problems) {
    VolumePatterns volumes = VolumePatterns.read(block, "volumes", problems);
    block.refuseOtherKeys(problems);
    return volumes;
  }

  /** What everybody expects to find in it. */
  private static String certificate(String name, Optional<PeerAddress> address) {
    return address.isPresent() && address.get() instanceof PeerAddress.Https(String host, int _)
        ? host
        : name;
  }
}
