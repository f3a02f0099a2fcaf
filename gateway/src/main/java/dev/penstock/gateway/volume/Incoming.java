package dev.penstock.gateway.volume;

import dev.penstock.spi.stream.StreamHeader;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Begins to receive snapshots, and gives up what has come of one. What is begun, completed and
 * given up has the turn of its volume; what comes in between has not, however long it takes.
 */
final class Incoming {
  private final VolumeRegistry registry;

  Incoming(VolumeRegistry registry) {
    this.registry = registry;
  }

  /**
   * @param last told once it is closed
   */
  Future<Arriving> receive(
      String volume, String store, StreamHeader header, Consumer<Arriving> last) {
    return inTurn(
        volume,
        slot ->
            (header.from().isEmpty() ? newVolume(volume, store) : replica(slot, volume))
                .compose(where -> opened(where, volume, header, last)));
  }

  /** The store's own look comes when it is there: a partial of it is no volume yet. */
  private Future<OpenStore> newVolume(String volume, String store) {
    return registry
        .ownerships()
        .vacant(volume)
        .map(known -> {
          known.ifPresent(Ownerships.Known::requireReceivable);
          return registry.store(store);
        });
  }

  /** Who is led on uses a volume elsewhere, and not this one. */
  private Future<OpenStore> replica(VolumeSlot slot, String volume) {
    return registry
        .ownerships()
        .require(volume)
        .compose(there -> {
          there.requireReceivable();
          if (slot.isLedOn()) return slot.closing().map(there.store());
          slot.requireUnused("received");
          return Lending.closed(slot).map(there.store());
        });
  }

  private Future<Arriving> opened(
      OpenStore store, String volume, StreamHeader header, Consumer<Arriving> last) {
    String called = "%s (receiving %s, %s)".formatted(volume, header.name(), UUID.randomUUID());
    return store
        .openReceiving(called, volume, header)
        .map(receiving ->
            new Arriving(
                store,
                called,
                receiving,
                complete -> complete(store, volume, header, complete),
                last));
  }

  /** It may have been promoted, opened, or made by somebody else, meanwhile. */
  private Future<Void> complete(
      OpenStore store, String volume, StreamHeader header, Supplier<Future<Void>> complete) {
    return inTurn(
        volume,
        slot -> {
          if (header.from().isEmpty())
            return newVolume(volume, store.name()).compose(_ -> complete.get());
          return replica(slot, volume).compose(_ -> complete.get());
        });
  }

  Future<Void> discard(String volume) {
    return inTurn(
        volume,
        _ -> {
          Future<Void> all = Future.succeededFuture();
          for (OpenStore store : registry.stores())
            all =
                all.compose(_ -> store.history(volume))
                    .compose(its -> discard(store, volume, its.isPresent()));
          return all;
        });
  }

  private static Future<Void> discard(OpenStore store, String volume, boolean there) {
    if (!there) return Future.succeededFuture();
    return store
        .onSnapshots(
            volume,
            its -> {
              its.discardPartial(volume);
              return Optional.empty();
            })
        .mapEmpty();
  }

  private <T> Future<T> inTurn(String volume, Function<VolumeSlot, Future<T>> step) {
    return registry.slots().steps(List.of(volume), slots -> step.apply(slots.of(volume)));
  }
}
