package dev.penstock.replication.config;

import dev.penstock.replication.trigger.SnapshotNames;
import dev.penstock.replication.trigger.SnapshotNames.Format;
import dev.penstock.replication.trigger.SnapshotNames.Format.Known;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Optional;

/**
 * The snapshots that a job takes of its volumes before it sends them.
 *
 * @param limit how long writes may wait for one
 * @param together whether all volumes are taken at one instant, or one after another
 */
public record SnapshotSettings(SnapshotNames names, Duration limit, boolean together) {
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final Duration LIMIT_MIN = Duration.ofMillis(100);
  private static final Duration LIMIT_MAX = Duration.ofMinutes(1);

  static SnapshotSettings read(Block block, Problems problems) {
    int before = problems.count();
    var reader = new Reader(block, problems);
    var names =
        new SnapshotNames(
            block.text("prefix", "auto-", problems),
            format(block.text("format", Known.DENSE.word(), problems)),
            zone(reader));
    var snapshots =
        new SnapshotSettings(
            names,
            reader.time("limit", LIMIT, LIMIT_MIN, LIMIT_MAX),
            block.bool("together", false, problems));
    block.refuseOtherKeys(problems);
    if (problems.count() == before)
      names.objection().ifPresent(why -> reader.problem("format", "format: " + why));
    return snapshots;
  }

  /** What is no word is a pattern; that a word was meant shows when its names do not differ. */
  private static Format format(String text) {
    return Arrays.stream(Known.values())
        .filter(known -> known.word().equals(text))
        .<Format>map(known -> known)
        .findFirst()
        .orElseGet(() -> new Format.Custom(text));
  }

  private static ZoneId zone(Reader reader) {
    Optional<String> text = reader.block().optionalText("zone", reader.problems());
    try {
      return ZoneId.of(text.orElse("UTC"));
    } catch (DateTimeException _) {
      reader.problem(
          "zone",
          "zone is \"%s\"; it takes one such as UTC or Europe/Berlin"
              .formatted(text.orElseThrow()));
      return ZoneId.of("UTC");
    }
  }
}
