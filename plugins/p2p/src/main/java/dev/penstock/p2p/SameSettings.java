package dev.penstock.p2p;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Setting;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Whether two blocks say the same, wherever it stands. */
final class SameSettings {
  private SameSettings() {}

  /**
   * @param keys that may differ
   */
  static boolean but(Collection<String> keys, Block one, Block other) {
    List<String> ours = new ArrayList<>(one.keys());
    List<String> theirs = new ArrayList<>(other.keys());
    ours.removeAll(keys);
    theirs.removeAll(keys);
    return ours.equals(theirs)
        && ours.stream().allMatch(key -> same(one.setting(key), other.setting(key)));
  }

  private static boolean same(Optional<Setting> one, Optional<Setting> other) {
    return one.isPresent() && other.isPresent() && same(one.get(), other.get());
  }

  private static boolean same(Setting one, Setting other) {
    return switch (one) {
      case Setting.Text text ->
          other instanceof Setting.Text o && Objects.equals(text.text(), o.text());
      case Setting.Items items ->
          other instanceof Setting.Items o && same(items.items(), o.items());
      case Block block -> other instanceof Block o && but(List.of(), block, o);
    };
  }

  private static boolean same(List<Setting> one, List<Setting> other) {
    if (one.size() != other.size()) return false;
    for (int i = 0; i < one.size(); i++) if (!same(one.get(i), other.get(i))) return false;
    return true;
  }
}
