package dev.penstock.spi.testing;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Setting;
import java.util.List;
import java.util.Map;

/** Settings without a file: each key of a block gets a line of its own. */
public final class TestSettings {
  private static final String FILE = "/test/penstock.yaml";

  private int line;

  private TestSettings() {}

  /**
   * @param settings maps become blocks, lists lists, and everything else the text of itself
   */
  public static Block block(String name, Map<String, ?> settings) {
    return new TestSettings().blockOf(name, settings);
  }

  private Block blockOf(String name, Map<?, ?> settings) {
    Block.Builder block = Block.named(name, next());
    settings.forEach((key, value) -> {
      Mark at = next();
      block.put(String.valueOf(key), at, setting(name + "." + key, at, value));
    });
    return block.build();
  }

  private Setting setting(String name, Mark at, Object value) {
    return switch (value) {
      case Map<?, ?> map -> blockOf(name, map);
      case List<?> list ->
          new Setting.Items(list.stream().map(item -> setting(name, at, item)).toList(), at);
      default -> new Setting.Text(String.valueOf(value), at);
    };
  }

  private Mark next() {
    return new Mark(FILE, ++line);
  }
}
