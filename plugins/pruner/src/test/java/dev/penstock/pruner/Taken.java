package dev.penstock.pruner;

import dev.penstock.spi.retention.Series;
import dev.penstock.spi.volume.SnapshotInfo;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Snapshots in a few words: {@code a@10 b@20+anchor.offsite}, a name, a second, and holds. */
public final class Taken {
  private Taken() {}

  public static SnapshotInfo at(String name, long second, String... holds) {
    UUID guid = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    return new SnapshotInfo(guid, name, 1, Instant.ofEpochSecond(second), Set.of(holds));
  }

  public static List<SnapshotInfo> all(String text) {
    List<SnapshotInfo> all = new ArrayList<>();
    for (String one : text.strip().split("\\s+", -1)) {
      if (one.isEmpty()) continue;
      String[] parts = one.split("[@+]", -1);
      String[] holds = new String[parts.length - 2];
      System.arraycopy(parts, 2, holds, 0, holds.length);
      all.add(at(parts[0], Long.parseLong(parts[1]), holds));
    }
    return all;
  }

  /** Looked at in the second 1000. */
  public static Series series(String text) {
    return series(all(text));
  }

  public static Series series(List<SnapshotInfo> snapshots) {
    return new Series("demo", snapshots, Instant.ofEpochSecond(1000));
  }

  /** The names at these places. */
  public static List<String> names(Series series, BitSet places) {
    return places.stream().mapToObj(place -> series.snapshots().get(place).name()).toList();
  }

  /** The names at all other places. */
  public static List<String> others(Series series, BitSet places) {
    return names(series, series.allBut(places));
  }
}
