package dev.penstock.gateway.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which store has the volume of a name: the first of those that have one. */
final class VolumeNames {
  private static final Logger log = LoggerFactory.getLogger(VolumeNames.class);

  /** A volume, where it is, and which store keeps it from being served. */
  record Named(VolumeInfo info, OpenStore store, Optional<String> shadowedBy) {}

  private final StoreRegistry stores;

  VolumeNames(StoreRegistry stores) {
    this.stores = stores;
  }

  /** Fails with {@link GatewayError.NotFound} if no store has it. */
  Future<Named> find(String name) {
    return lookUp(name)
        .map(there ->
            there.orElseThrow(
                () -> new GatewayError.NotFound("there is no volume %s".formatted(name))));
  }

  /** Fails if a store that might have it does not answer: nobody then knows which one serves it. */
  Future<Optional<Named>> lookUp(String name) {
    Future<Optional<Named>> found = Future.succeededFuture(Optional.empty());
    for (OpenStore store : stores.open())
      found =
          found.compose(before ->
              before.isPresent()
                  ? Future.succeededFuture(before)
                  : store
                      .find(name)
                      .map(its -> its.map(info -> new Named(info, store, Optional.empty()))));
    return found;
  }

  /** Every volume of every store that answers. */
  Future<List<Named>> all() {
    List<OpenStore> open = stores.open();
    List<Future<List<VolumeInfo>>> lists =
        open.stream().map(store -> store.list().recover(why -> unlisted(store, why))).toList();
    return Future.join(lists).map(_ -> named(open, lists));
  }

  private static List<Named> named(List<OpenStore> open, List<Future<List<VolumeInfo>>> lists) {
    Map<String, String> servedBy = new LinkedHashMap<>();
    List<Named> all = new ArrayList<>();
    for (int i = 0; i < open.size(); i++)
      for (VolumeInfo info : lists.get(i).result()) {
        Optional<String> first =
            Optional.ofNullable(servedBy.putIfAbsent(info.name(), open.get(i).name()));
        all.add(new Named(info, open.get(i), first));
      }
    return all;
  }

  private static Future<List<VolumeInfo>> unlisted(OpenStore store, Throwable why) {
    log.atWarn()
        .addKeyValue("store", store.name())
        .addKeyValue("reason", why.toString())
        .log("store did not list its volumes");
    return Future.succeededFuture(List.of());
  }
}
