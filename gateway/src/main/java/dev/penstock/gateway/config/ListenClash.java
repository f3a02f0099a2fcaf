package dev.penstock.gateway.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import dev.penstock.spi.module.ListenAddress;
import java.util.HashMap;
import java.util.Map;

/** Finds two servers of one configuration that would listen in one place. */
final class ListenClash {
  private static final String LISTEN = "listen";

  private final Problems problems;
  private final Map<ListenAddress, Mark> taken = new HashMap<>();

  private ListenClash(Problems problems) {
    this.problems = problems;
  }

  /**
   * By convention every address to listen on stands under a key {@code listen}, or under {@code
   * address} of a block there.
   */
  static void report(GatewayConfig config, Problems problems) {
    var clash = new ListenClash(problems);
    for (String part : new String[] {"admin", "modules"})
      config.root().setting(part).ifPresent(setting -> clash.walk("", setting));
  }

  private void walk(String key, Setting setting) {
    switch (setting) {
      case Block block ->
          block
              .keys()
              .forEach(inner ->
                  block
                      .setting(inner)
                      .ifPresent(s ->
                          walk(key.equals(LISTEN) && inner.equals("address") ? LISTEN : inner, s)));
      case Setting.Items items -> items.items().forEach(item -> walk(key, item));
      case Setting.Text(String text, Mark at) -> {
        if (key.equals(LISTEN))
          ListenAddress.parse(text, at.folder()).ifPresent(address -> take(address, at));
      }
    }
  }

  private void take(ListenAddress address, Mark at) {
    if (address instanceof ListenAddress.Tcp tcp && tcp.port() == 0) return; // each gets its own
    Mark first = taken.putIfAbsent(address, at);
    if (first != null)
      problems.add(at, "listen is %s, which line %d has already".formatted(address, first.line()));
  }
}
