package dev.penstock.gateway.volume;

import dev.penstock.gateway.lease.Lease;
import dev.penstock.gateway.lease.Leases;
import dev.penstock.gateway.volume.Snapshots.Page;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotStore;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Compares and sends snapshots. Not in the turns of their volumes: what is sent is leased, however
 * long it takes, and a page of a difference is one call of the store.
 */
final class Reading {
  private final VolumeNames volumes;
  private final Leases leases;
  private final Sendings sendings;

  Reading(VolumeNames volumes, Leases leases, Sendings sendings) {
    this.volumes = volumes;
    this.leases = leases;
    this.sendings = sendings;
  }

  Future<Page> diff(Optional<Meant> from, Meant to, long offset, int extentsMax) {
    int most = Math.clamp(extentsMax, 1, Snapshots.EXTENTS_MAX);
    return pair(from, to).compose(both -> both.to().call(its -> page(its, both, offset, most)));
  }

  /**
   * @param owner who sends it, and what for
   * @param last told once it is closed
   */
  Future<Sending> send(
      String owner, Optional<Meant> from, Meant to, long offset, Consumer<Sending> last) {
    return pair(from, to)
        .compose(both -> {
          var one = sendings.begin(both.guids());
          var party = new Leases.Party(both.to().named().info().guid(), owner);
          return leased(party, both)
              .compose(held -> {
                leases.sending(party);
                return opened(party, both, offset, held, one, last).onFailure(_ -> giveBack(held));
              })
              .onSuccess(one::opened)
              .onFailure(_ -> one.end());
        });
  }

  /** Two snapshots of a volume, or one alone. */
  private record Pair(Optional<SnapshotInfo> from, FoundSnapshot to) {
    Optional<UUID> fromGuid() {
      return from.map(SnapshotInfo::guid);
    }

    UUID toGuid() {
      return to.info().guid();
    }

    Set<UUID> guids() {
      return Stream.concat(Stream.of(toGuid()), fromGuid().stream()).collect(Collectors.toSet());
    }
  }

  private Future<Pair> pair(Optional<Meant> from, Meant to) {
    Optional<Meant> stranger = from.filter(one -> !one.name().volume().equals(to.name().volume()));
    if (stranger.isPresent())
      return Future.failedFuture(
          new GatewayError.Invalid(
              "%s and %s are of two volumes".formatted(stranger.get().name(), to.name())));
    return FoundSnapshot.in(volumes, to).map(found -> new Pair(from.map(found::other), found));
  }

  private static Page page(SnapshotStore its, Pair both, long offset, int extentsMax) {
    List<Extent> extents = new ArrayList<>();
    boolean[] more = {false};
    its.diff(
        both.to().volume(),
        both.fromGuid(),
        both.toGuid(),
        offset,
        extent -> {
          more[0] = extents.size() == extentsMax;
          return !more[0] && extents.add(extent);
        });
    OptionalLong next =
        more[0] ? OptionalLong.of(extents.getLast().endOffset()) : OptionalLong.empty();
    return new Page(both.fromGuid(), both.toGuid(), extents, next);
  }

  private Future<Sending> opened(
      Leases.Party party,
      Pair both,
      long offset,
      List<Lease> held,
      Sendings.One one,
      Consumer<Sending> last) {
    OpenStore store = both.to().named().store();
    String volume = both.to().volume();
    String called =
        "%s@%s (sent under lease %s)"
            .formatted(volume, both.to().info().name(), held.getFirst().guid());
    return store
        .openSource(called, volume, both.fromGuid(), both.toGuid(), offset)
        .map(source ->
            new Sending(
                store,
                called,
                source,
                () -> leases.sentToEnd(party, both.guids()),
                sending -> {
                  giveBack(held);
                  one.end();
                  last.accept(sending);
                }));
  }

  /** All of them, or none. */
  private Future<List<Lease>> leased(Leases.Party party, Pair both) {
    List<Future<Lease>> wanted =
        Stream.concat(Stream.of(both.to().info()), both.from().stream())
            .map(info ->
                leases.acquire(
                    party, info.guid(), both.to().volume() + "@" + info.name(), Lease.Kind.SEND))
            .toList();
    return Future.join(wanted)
        .map(_ -> wanted.stream().map(Future::result).toList())
        .onFailure(
            _ -> giveBack(wanted.stream().filter(Future::succeeded).map(Future::result).toList()));
  }

  private void giveBack(List<Lease> held) {
    held.forEach(leases::release);
  }
}
