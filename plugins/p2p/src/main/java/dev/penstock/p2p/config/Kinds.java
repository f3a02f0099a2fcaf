package dev.penstock.p2p.config;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Nearest;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.module.Extensions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The kinds of repositories that plugins bring now, ours and others' alike. Lives for one check or
 * one start: see {@link Extensions}. What a plugin throws is whatever it likes, an Error too.
 */
public final class Kinds {
  /** A plugin is back after a reload within seconds; one that was unloaded may stay away. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(30);

  private final Map<String, KeyStore> kinds = new TreeMap<>();

  public Kinds(Extensions extensions) {
    for (KeyStore store : extensions.of(KeyStore.class))
      try {
        kinds.put(store.kind(), store);
      } catch (Throwable _) {
        // One plugin's bug is nothing to the kinds of others.
      }
  }

  /** Every problem of its own settings goes to {@code problems}; that there is no such kind too. */
  void check(String kind, Mark at, Block settings, Problems problems) {
    KeyStore store = kinds.get(kind);
    if (store == null) {
      String nearest =
          Nearest.to(kind, kinds.keySet()).map(one -> "; did you mean " + one + "?").orElse("");
      problems.add(
          at,
          "%s: no plugin brings repositories of the kind %s%s"
              .formatted(settings.name(), kind, nearest));
      return;
    }
    try {
      store.validate(settings, problems);
    } catch (Throwable thrown) {
      problems.add(
          at, "%s: the kind %s failed to read it: %s".formatted(settings.name(), kind, thrown));
    }
  }

  /** One to open, once. {@link GatewayError.Unavailable} if no plugin brings it now. */
  public KeyStore take(String kind) {
    return Optional.ofNullable(kinds.remove(kind))
        .orElseThrow(() ->
            new GatewayError.Unavailable(
                Scope.RESOURCE,
                ASK_AGAIN,
                "no plugin brings repositories of the kind %s now; load one (penstock plugin list)"
                    .formatted(kind)));
  }
}
