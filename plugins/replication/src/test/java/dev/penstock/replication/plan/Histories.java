package dev.penstock.replication.plan;

import dev.penstock.replication.plan.Version.Kind;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** Histories in a tiny notation: {@code @a,1 #b,2}: a snapshot a and a bookmark b, by their ids. */
final class Histories {
  private Histories() {}

  static List<Version> of(String text) {
    return Stream.of(text.split(" ", -1))
        .filter(one -> !one.isBlank())
        .map(Histories::version)
        .toList();
  }

  /** The id is both what it is and how old it is. */
  static Version version(String text) {
    int comma = text.indexOf(',');
    long id = Long.parseLong(text.substring(comma + 1));
    return new Version(
        text.startsWith("@") ? Kind.SNAPSHOT : Kind.BOOKMARK,
        guid(id),
        text.substring(1, comma),
        id,
        Instant.EPOCH.plusSeconds(id),
        1 << 20,
        Set.of());
  }

  static UUID guid(long id) {
    return new UUID(0, id);
  }

  /** As it was written. */
  static String text(Version version) {
    return version + "," + version.guid().getLeastSignificantBits();
  }

  static List<String> texts(List<Version> versions) {
    return versions.stream().map(Histories::text).toList();
  }

  /** A receiver that keeps everything, and allows everything. */
  static Situation situation(List<Version> sender, List<Version> receiver) {
    return new Situation(sender, receiver, Optional.empty(), Set.of(), true);
  }

  static Situation situation(String sender, String receiver) {
    return situation(of(sender), of(receiver));
  }
}
