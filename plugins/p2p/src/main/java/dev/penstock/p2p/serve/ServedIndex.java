package dev.penstock.p2p.serve;

import dev.penstock.p2p.wire.EncodedText;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All that can be asked, by uuid and by name. Immutable. */
public final class ServedIndex {
  public static final ServedIndex EMPTY = new ServedIndex(List.of());

  private final Map<String, Served> byUuid = new HashMap<>();
  private final Map<String, Served> byName = new HashMap<>();

  public ServedIndex(Collection<Served> all) {
    for (Served one : all) {
      byUuid.put(one.uuid(), one);
      byName.put(one.name(), one);
    }
  }

  /**
   * @param raw as it stands in a path
   */
  Optional<Served> byUuid(String raw) {
    return Optional.ofNullable(byUuid.get(decoded(raw)));
  }

  /**
   * @param raw as it stands in a path; empty for the only one there is
   */
  Optional<Served> byName(String raw) {
    if (!raw.isEmpty()) return Optional.ofNullable(byName.get(decoded(raw)));
    return byName.size() == 1 ? byName.values().stream().findFirst() : Optional.empty();
  }

  public boolean hasUuid(String uuid) {
    return byUuid.containsKey(uuid);
  }

  private static String decoded(String raw) {
    return raw.indexOf('%') < 0 && raw.indexOf('[') < 0
        ? raw
        : EncodedText.readPercent(raw).toString();
  }
}
