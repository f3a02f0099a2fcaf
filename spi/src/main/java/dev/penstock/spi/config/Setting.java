package dev.penstock.spi.config;

import java.util.List;

/**
 * One value of a configuration file, with its place. Immutable but for a {@link Block}'s memory of
 * which keys were read.
 *
 * @since SPI 1.0
 */
public sealed interface Setting permits Setting.Text, Setting.Items, Block {
  Mark at();

  /** What kind of value it is, as a message would call it: "a text", "a list", "a block". */
  String called();

  /** A plain value. Numbers, sizes and durations are texts until somebody reads them as such. */
  record Text(String text, Mark at) implements Setting {
    @Override
    public String called() {
      return "a plain value";
    }
  }

  /** A list. */
  record Items(List<Setting> items, Mark at) implements Setting {
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public String called() {
      return "a list";
    }
  }
}
