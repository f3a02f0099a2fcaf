package dev.penstock.gateway.lease;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which leases there are, found by snapshot and by who has them. Guarded by whoever has it. */
final class LeaseBook {
  private final Map<UUID, Entry> entries = new LinkedHashMap<>();
  private final Map<UUID, Set<UUID>> bySnapshot = new HashMap<>();
  private final Map<Leases.Party, Set<UUID>> byParty = new HashMap<>();

  int size() {
    return entries.size();
  }

  Optional<Entry> find(UUID lease) {
    return Optional.ofNullable(entries.get(lease));
  }

  Stream<Entry> all() {
    return entries.values().stream();
  }

  /** Adds it, or puts it in the place of what was there of its guid. */
  void put(Entry entry) {
    Lease lease = entry.lease();
    entries.put(lease.guid(), entry);
    bySnapshot.computeIfAbsent(lease.snapshot(), _ -> new LinkedHashSet<>()).add(lease.guid());
    byParty.computeIfAbsent(Leases.Party.of(lease), _ -> new LinkedHashSet<>()).add(lease.guid());
  }

  void remove(UUID guid) {
    Entry entry = entries.remove(guid);
    if (entry == null) return;
    forget(bySnapshot, entry.lease().snapshot(), guid);
    forget(byParty, Leases.Party.of(entry.lease()), guid);
  }

  private static <K> void forget(Map<K, Set<UUID>> index, K key, UUID guid) {
    index.computeIfPresent(
        key,
        (_, its) -> {
          its.remove(guid);
          return its.isEmpty() ? null : its;
        });
  }

  /** What a party's plans need, but for what they need no longer. */
  List<Entry> plannedBy(Leases.Party party) {
    return byParty.getOrDefault(party, Set.of()).stream()
        .flatMap(guid -> find(guid).stream())
        .filter(entry -> entry.lease().kind() == Lease.Kind.PLAN && !entry.ending())
        .toList();
  }

  void idle(Predicate<Lease> which, Instant since) {
    entries.replaceAll((_, entry) -> which.test(entry.lease()) ? entry.nowIdle(since) : entry);
  }

  private Stream<Entry> on(UUID snapshot) {
    return bySnapshot.getOrDefault(snapshot, Set.of()).stream()
        .flatMap(guid -> find(guid).stream());
  }

  /** Who has leases that bind, by snapshot. */
  Map<UUID, String> holders(Collection<UUID> snapshots, Instant now) {
    return holders(snapshots, now, _ -> true);
  }

  /** Who has leases that bind, of those of a kind. */
  Map<UUID, String> holders(Collection<UUID> snapshots, Instant now, Predicate<Entry> which) {
    Map<UUID, String> holders = new HashMap<>();
    for (UUID snapshot : snapshots) {
      String who =
          on(snapshot)
              .filter(entry -> !entry.isExpired(now))
              .filter(which)
              .map(entry -> entry.lease().holder())
              .distinct()
              .collect(Collectors.joining(", "));
      if (!who.isEmpty()) holders.put(snapshot, who);
    }
    return holders;
  }

  Set<UUID> snapshots() {
    return Set.copyOf(bySnapshot.keySet());
  }

  List<Entry> plannedOn(Collection<UUID> snapshots) {
    return snapshots.stream()
        .flatMap(this::on)
        .filter(entry -> entry.lease().kind() == Lease.Kind.PLAN)
        .toList();
  }

  List<Entry> expired(Instant now) {
    return all().filter(entry -> entry.isExpired(now)).toList();
  }

  /** Those that bind, the oldest first. */
  List<Entry> binding(Instant now) {
    return all()
        .filter(entry -> !entry.isExpired(now))
        .sorted(Comparator.comparing(entry -> entry.lease().acquiredAt()))
        .toList();
  }
}
