package dev.penstock.gateway.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Who owns which volume, as the stores remember it.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
final class Ownerships {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  /** What a store has outlives a record elsewhere; of two records the later one is true. */
  private static final Comparator<Known> WEIGHT =
      Comparator.<Known, Boolean>comparing(known -> known.volume().isPresent())
          .thenComparing(known -> known.ownership().recorded());

  private final StoreRegistry stores;

  Ownerships(StoreRegistry stores) {
    this.stores = stores;
  }

  /**
   * What a store knows of a volume: that it has it, a record, or both.
   *
   * @param replica what the store says of the volume, which counts only without a record
   * @param record what was said of it
   */
  record Known(
      String name,
      OpenStore store,
      Optional<VolumeInfo> volume,
      boolean replica,
      Optional<Ownership> record) {

    Ownership ownership() {
      if (record.isEmpty()) return replica ? Ownership.NONE : Ownership.PLAIN;
      // Removed, and the process ended before the record could say so.
      boolean removed = volume.isEmpty() && record.get().isOwned();
      return removed ? record.get().in(new Ownership.None()) : record.get();
    }

    /** The same, with another record. */
    Known in(Ownership now) {
      return new Known(name, store, volume, replica, Optional.of(now));
    }

    /** Refuses to have written what is not owned. */
    void requireOwned(String what) {
      switch (ownership().phase()) {
        case Ownership.Owner _, Ownership.Offered _ -> {}
        case Ownership.None _ ->
            throw new GatewayError.Denied(
                "%s is a replica of a volume elsewhere and cannot be %s; penstock volume promote %s makes it writable"
                    .formatted(name, what, name));
        case Ownership.Receiving(var _, var from, var _) ->
            throw notYet(what, "it is being received from %s".formatted(from));
        case Ownership.Prepared(var _, var from, var _, var _) ->
            throw notYet(
                what,
                "it is here, and %s has not said yet whether it is handed over".formatted(from));
        case Ownership.Handed(var _, var to) ->
            throw notYet(
                what, "it was handed over to %s, which has not confirmed it yet".formatted(to));
        case Ownership.Gone(var _, var to) ->
            throw new GatewayError.Conflict(
                "volume %s cannot be %s: it was handed over to %s".formatted(name, what, to));
        case Ownership.Forked(var _, var with) ->
            throw new GatewayError.Conflict(
                "volume %s cannot be %s: %s owns the same epoch, so there are two of it; say which one counts with penstock migrate resolve %s"
                    .formatted(name, what, with, name));
      }
    }

    /** Refuses what would leave it open who owns the volume. */
    void requireSettled(String what) {
      switch (ownership().phase()) {
        case Ownership.Owner _, Ownership.None _, Ownership.Gone _ -> {}
        case Ownership.Offered(var _, var to) ->
            throw new GatewayError.Conflict(
                "volume %s cannot be %s while it is being handed over to %s; penstock migrate abort %s ends that"
                    .formatted(name, what, to, name));
        case Ownership.Receiving _, Ownership.Prepared _, Ownership.Handed _, Ownership.Forked _ ->
            requireOwned(what);
      }
    }

    /** Refuses what somebody has been told is theirs, or may become ours. */
    void requireUnclaimed(String what) {
      if (!(ownership().phase() instanceof Ownership.None)) requireOwned(what);
    }

    /** Refuses to have written by whoever brings its bytes what is not being received. */
    void requireReceiving() {
      if (ownership().phase() instanceof Ownership.Receiving) return;
      throw new GatewayError.Conflict(
          "volume %s is not being received: nobody but its owner writes it".formatted(name));
    }

    /** Refuses to receive into what is owned, or decided. */
    void requireReceivable() {
      switch (ownership().phase()) {
        case Ownership.None _, Ownership.Receiving _ -> {}
        case Ownership.Owner _, Ownership.Offered _ -> volume.ifPresent(VolumeInfo::requireReplica);
        case Ownership.Gone _, Ownership.Prepared _, Ownership.Handed _, Ownership.Forked _ ->
            requireOwned("received");
      }
    }

    private GatewayError notYet(String what, String why) {
      return new GatewayError.Unavailable(
          Scope.RESOURCE, ASK_AGAIN, "volume %s cannot be %s now: %s".formatted(name, what, why));
    }
  }

  /** Fails if a store that might know more does not answer. */
  Future<Optional<Known>> find(String name) {
    Future<Optional<Known>> found = Future.succeededFuture(Optional.empty());
    for (OpenStore store : stores.open())
      found = found.compose(before -> store.known(name).map(next -> weightier(before, next)));
    return found;
  }

  private static Optional<Known> weightier(Optional<Known> before, Optional<Known> next) {
    if (before.isEmpty() || next.isEmpty()) return before.or(() -> next);
    return WEIGHT.compare(next.get(), before.get()) > 0 ? next : before;
  }

  /**
   * What is known of a name that no volume has; fails with {@link GatewayError.Conflict} if any
   * store has one.
   */
  Future<Optional<Known>> vacant(String name) {
    return find(name)
        .map(known -> {
          if (known.isPresent() && known.get().volume().isPresent())
            throw new GatewayError.Conflict(
                "store %s has a volume %s already".formatted(known.get().store().name(), name));
          return known;
        });
  }

  /** Fails with {@link GatewayError.NotFound} if there is neither a volume nor a record. */
  Future<Known> require(String name) {
    return find(name)
        .map(known ->
            known.orElseThrow(
                () -> new GatewayError.NotFound("there is no volume %s".formatted(name))));
  }

  /** Fails with what {@link Known#requireOwned} throws. */
  Future<Known> owned(String name, String what) {
    return require(name)
        .map(known -> {
          known.requireOwned(what);
          return known;
        });
  }

  /** Those of all stores that answer. */
  Future<Map<String, Ownership>> recorded() {
    Future<Map<String, Ownership>> all = Future.succeededFuture(new TreeMap<>());
    for (OpenStore store : stores.open())
      all =
          all.compose(before ->
              store
                  .ownerships()
                  .otherwise(Map.of())
                  .map(its -> {
                    its.forEach((name, one) -> before.merge(name, one, Ownerships::later));
                    return before;
                  }));
    return all;
  }

  private static Ownership later(Ownership one, Ownership other) {
    return one.recorded().compareTo(other.recorded()) >= 0 ? one : other;
  }
}
