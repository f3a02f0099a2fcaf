package dev.penstock.gateway.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Setting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Settings without their places: maps, lists and texts, to be compared and to be shown. */
final class Plain {
  static final String HIDDEN = "(hidden)";

  /** Keys whose values are never shown; the path of a file with a secret in it is none. */
  private static final Pattern SECRET =
      Pattern.compile("(.*[_-])?(password|passphrase|secret|token|psk|credential)s?");

  private Plain() {}

  /**
   * Asks for every key, so that a block counts as known from then on: what reads it strictly goes
   * before.
   */
  static Object of(Setting setting) {
    return switch (setting) {
      case Setting.Text(String text, var _) -> text;
      case Setting.Items items -> items.items().stream().map(Plain::of).toList();
      case Block block -> {
        Map<String, Object> plain = new LinkedHashMap<>();
        for (String key : block.keys()) plain.put(key, of(block.setting(key).orElseThrow()));
        yield plain;
      }
    };
  }

  static boolean same(Setting a, Setting b) {
    return of(a).equals(of(b));
  }

  /** As {@link #of}, fit to be shown to whoever may read. */
  static Object shown(Setting setting) {
    return hidden(of(setting));
  }

  private static Object hidden(Object plain) {
    if (plain instanceof List<?> items) return items.stream().map(Plain::hidden).toList();
    if (!(plain instanceof Map<?, ?> map)) return plain;
    Map<String, Object> shown = new LinkedHashMap<>();
    map.forEach((key, value) -> {
      String name = String.valueOf(key);
      shown.put(name, SECRET.matcher(name).matches() ? HIDDEN : hidden(value));
    });
    return shown;
  }
}
