package dev.penstock.gateway.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.snapshot.Snapshots.Receivable;
import dev.penstock.spi.stream.StreamHeader;
import io.vertx.core.Future;
import java.time.Duration;
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
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final VolumeRegistry registry;

  Incoming(VolumeRegistry registry) {
    this.registry = registry;
  }

  /**
   * @param condition looked at in the turn in which it is begun, and in that of its completion
   * @param last told once it is closed
   */
  Future<Arriving> receive(
      String volume,
      String store,
      StreamHeader header,
      Receivable condition,
      Consumer<Arriving> last) {
    return inTurn(
        volume,
        slot ->
            place(slot, volume, store, header, condition)
                .compose(where -> opened(where, volume, header, condition, last)));
  }

  /** For whoever is no party to a hand-over: its snapshots would get into what is handed over. */
  static void requireNotHandedOver(Optional<Ownership> now) {
    if (now.isPresent() && now.get().phase() instanceof Ownership.Receiving(var _, var from, var _))
      throw new GatewayError.Unavailable(
          Scope.RESOURCE,
          ASK_AGAIN,
          "it is being handed over from %s, and takes what comes with that".formatted(from));
  }

  private Future<OpenStore> place(
      VolumeSlot slot, String volume, String store, StreamHeader header, Receivable condition) {
    return header.from().isEmpty()
        ? newVolume(volume, store, condition)
        : replica(slot, volume, condition);
  }

  /** The store's own look comes when it is there: a partial of it is no volume yet. */
  private Future<OpenStore> newVolume(String volume, String store, Receivable condition) {
    return registry
        .ownerships()
        .vacant(volume)
        .map(known -> {
          condition.require(known.map(Ownerships.Known::ownership));
          known.ifPresent(Ownerships.Known::requireReceivable);
          return registry.store(store);
        });
  }

  /** Who is led on uses a volume elsewhere, and not this one. */
  private Future<OpenStore> replica(VolumeSlot slot, String volume, Receivable condition) {
    return registry
        .ownerships()
        .require(volume)
        .compose(there -> {
          condition.require(Optional.of(there.ownership()));
          there.requireReceivable();
          if (slot.isLedOn()) return slot.closing().map(there.store());
          slot.requireUnused("received");
          return Lending.closed(slot).map(there.store());
        });
  }

  private Future<Arriving> opened(
      OpenStore store,
      String volume,
      StreamHeader header,
      Receivable condition,
      Consumer<Arriving> last) {
    String called = "%s (receiving %s, %s)".formatted(volume, header.name(), UUID.randomUUID());
    return store
        .openReceiving(called, volume, header)
        .map(receiving ->
            new Arriving(
                store,
                called,
                receiving,
                complete -> complete(store, volume, header, condition, complete),
                last));
  }

  /** It may have been promoted, opened, or made by somebody else, meanwhile. */
  private Future<Void> complete(
      OpenStore store,
      String volume,
      StreamHeader header,
      Receivable condition,
      Supplier<Future<Void>> complete) {
    return inTurn(
        volume,
        slot -> place(slot, volume, store.name(), header, condition).compose(_ -> complete.get()));
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
