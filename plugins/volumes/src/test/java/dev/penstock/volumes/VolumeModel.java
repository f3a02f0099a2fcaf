package dev.penstock.volumes;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.LongConsumer;

/** What a volume is: what its user sees, and what a crash may leave of that. */
final class VolumeModel {
  /** A snapshot: what it holds for ever. */
  record Taken(UUID guid, String name, long sectors, Stamps content, Set<String> holds) {}

  /** A wide volume is only used where two pages of claims meet, and at its ends. */
  static final long WIDE_SECTORS = (16384L + 8) * Stamps.SECTORS_PER_GRAIN;

  private static final long FIRST_PART_END = 64;
  private static final long SECOND_PART = (16384L - 8) * Stamps.SECTORS_PER_GRAIN;

  final SequencedMap<String, Taken> snapshots = new LinkedHashMap<>(); // the oldest first
  long sectors;
  Stamps current;
  boolean replica;

  /** How often somebody began to change something: what is upon the newest snapshot may differ. */
  int changes;

  private Stamps durable;
  private final Map<Long, Set<Long>> since = new HashMap<>(); // written since that was durable

  VolumeModel(long sectors, Stamps content) {
    this.sectors = sectors;
    this.current = content.copy();
    this.durable = content.copy();
  }

  boolean isWide() {
    return sectors >= WIDE_SECTORS;
  }

  /** The sectors of a range that anybody ever writes. */
  static void used(long sectors, long first, long end, LongConsumer each) {
    boolean wide = sectors >= WIDE_SECTORS;
    for (long at = first; at < end; at++) {
      if (wide && at >= FIRST_PART_END && at < SECOND_PART) at = SECOND_PART;
      if (at < end) each.accept(at);
    }
  }

  /** The parts that are used, as first sectors and ends. */
  static List<long[]> parts(long sectors) {
    return sectors < WIDE_SECTORS
        ? List.of(new long[] {0, sectors})
        : List.of(new long[] {0, FIRST_PART_END}, new long[] {SECOND_PART, sectors});
  }

  /** May be there from now on; {@link #written} says that it is. */
  void mayHold(long sector, long stamp) {
    changes++;
    since.computeIfAbsent(sector, s -> new HashSet<>(Set.of(current.at(s)))).add(stamp);
  }

  void written(long sector, long stamp) {
    mayHold(sector, stamp);
    current.set(sector, stamp);
  }

  void writtenDurably(long sector, long stamp) {
    current.set(sector, stamp);
    durable.set(sector, stamp);
    since.remove(sector);
  }

  void flushed() {
    since.keySet().forEach(sector -> durable.set(sector, current.at(sector)));
    since.clear();
  }

  /** As if it had never been anything else. */
  void replaced(long newSectors, Stamps content) {
    changes++;
    sectors = newSectors;
    current = content.copy();
    durable = content.copy();
    since.clear();
  }

  boolean allows(long sector, long stamp) {
    return durable.at(sector) == stamp || since.getOrDefault(sector, Set.of()).contains(stamp);
  }

  List<String> allowed(long sector) {
    Set<Long> all = new TreeSet<>(since.getOrDefault(sector, Set.of()));
    all.add(durable.at(sector));
    List<String> texts = new ArrayList<>();
    all.forEach(stamp -> texts.add(Stamps.text(stamp)));
    return texts;
  }

  /**
   * What is there after a crash.
   *
   * @param onDisk whether everything that was there was on the disk: the power was cut
   */
  void found(Stamps content, boolean onDisk) {
    current = content.copy();
    if (!onDisk) return;
    durable = content.copy();
    since.clear();
  }

  /** Only these snapshots hold the tag, of those that do. */
  void onlyThese(Set<UUID> guids, String tag) {
    for (Taken taken : snapshots.values())
      if (!guids.contains(taken.guid())) taken.holds().remove(tag);
  }

  Taken take(UUID guid, String name) {
    Taken taken = new Taken(guid, name, sectors, current.copy(), new HashSet<>());
    snapshots.put(name, taken);
    return taken;
  }
}
