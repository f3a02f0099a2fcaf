package dev.penstock.gateway.volume;

import dev.penstock.gateway.plugin.PluginFault;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The histories of all volumes, wherever they are stored.
 *
 * <p><b>Threads.</b> Any; nothing blocks. Answers come on the stores'.
 */
final class GatheredHistories {
  private final VolumeRegistry registry;

  GatheredHistories(VolumeRegistry registry) {
    this.registry = registry;
  }

  Future<Histories> all() {
    List<OpenStore> stores = registry.stores();
    List<Future<List<VolumeHistory>>> asked = stores.stream().map(OpenStore::histories).toList();
    return Future.join(asked).otherwiseEmpty().map(_ -> gathered(stores, asked));
  }

  /**
   * Of two volumes of a name the first store's is meant everywhere, and a part of one that is not
   * there yet only where there is none.
   */
  private static Histories gathered(
      List<OpenStore> stores, List<Future<List<VolumeHistory>>> asked) {
    List<VolumeHistory> found = new ArrayList<>();
    Map<String, GatewayError> unanswered = new HashMap<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < stores.size(); i++)
      if (asked.get(i).failed())
        unanswered.put(stores.get(i).name(), PluginFault.copy(asked.get(i).cause()));
    for (boolean volumes : List.of(true, false))
      for (Future<List<VolumeHistory>> one : asked)
        if (one.succeeded())
          one.result().stream()
              .filter(history -> history.volume().isPresent() == volumes)
              .filter(history -> names.add(history.name()))
              .forEach(found::add);
    return new Histories(found, unanswered);
  }

  /** {@link GatewayError.NotFound} if no store has it, nor a part of it. */
  Future<VolumeHistory> of(String volume) {
    Future<Optional<VolumeHistory>> found = Future.succeededFuture(Optional.empty());
    for (OpenStore store : registry.stores())
      found =
          found.compose(before ->
              before.flatMap(VolumeHistory::volume).isPresent()
                  ? Future.succeededFuture(before)
                  : store
                      .history(volume)
                      .map(next -> next.filter(one -> isBetter(one, before)).or(() -> before)));
    return found.map(one ->
        one.orElseThrow(
            () -> new GatewayError.NotFound("there is no volume %s".formatted(volume))));
  }

  private static boolean isBetter(VolumeHistory one, Optional<VolumeHistory> before) {
    return before.isEmpty() || one.volume().isPresent();
  }
}
