package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.gateway.lease.Leases;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.Need;
import dev.penstock.spi.snapshot.SnapshotReceiving;
import dev.penstock.spi.snapshot.SnapshotSending;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The snapshots of all volumes as one module sees them.
 *
 * <p><b>Lifecycle.</b> {@link #closeAll} once the module has stopped: it gives back what the module
 * left open, and what its plans need expires unless it comes again. <b>Threads.</b> Any; nothing
 * blocks.
 */
public final class OwnedSnapshots implements Snapshots {
  private final String owner;
  private final VolumeRegistry registry;
  private final VolumeNames volumes;
  private final Leases leases;
  private final Taking taking;
  private final Destroying destroying;
  private final Reading reading;
  private final Incoming incoming;
  private final GatheredHistories histories;
  private final BringingBack bringingBack;
  private final VolumeSnapshots all;
  private final Set<SnapshotSending> sending = ConcurrentHashMap.newKeySet();
  private final Set<SnapshotReceiving> receiving = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** What does the work. */
  record Services(
      VolumeRegistry registry,
      Leases leases,
      Taking taking,
      Destroying destroying,
      Reading reading,
      VolumeSnapshots all) {}

  OwnedSnapshots(String owner, Services services) {
    this.owner = owner;
    this.registry = services.registry();
    this.volumes = registry.names();
    this.leases = services.leases();
    this.taking = services.taking();
    this.destroying = services.destroying();
    this.reading = services.reading();
    this.incoming = new Incoming(registry);
    this.all = services.all();
    this.histories = new GatheredHistories(registry);
    this.bringingBack = new BringingBack(registry, destroying, all);
  }

  @Override
  public Future<Histories> histories() {
    return answer(histories.all());
  }

  @Override
  public Future<VolumeHistory> history(String volume) {
    return answer(histories.of(volume));
  }

  @Override
  public Future<List<SnapshotInfo>> take(List<SnapshotName> names, Duration limit) {
    return asked(() ->
        taking
            .create(names, limit)
            .map(taken ->
                taken.snapshots().stream()
                    .map(dev.penstock.gateway.volume.Snapshots.Shown::info)
                    .toList()));
  }

  @Override
  public Future<List<Fate>> destroy(List<Meant> snapshots) {
    return destroyed(snapshots, Destroying.Need.SPARED);
  }

  @Override
  public Future<List<Fate>> destroyNeeded(List<Meant> snapshots) {
    return destroyed(snapshots, Destroying.Need.GIVES_WAY);
  }

  private Future<List<Fate>> destroyed(List<Meant> snapshots, Destroying.Need need) {
    return asked(() -> destroying.destroy(snapshots, need))
        .otherwise(why -> Destroying.allStay(snapshots, why));
  }

  @Override
  public Future<OptionalLong> freeBytes(String store) {
    return answer(
        registry.stores().stream()
            .filter(one -> one.name().equals(store))
            .findFirst()
            .map(OpenStore::freeBytes)
            .orElseGet(() -> Future.succeededFuture(OptionalLong.empty())));
  }

  @Override
  public Future<Void> need(Need need, Set<UUID> snapshots) {
    return asked(() ->
        registry
            .slots()
            .steps(
                List.of(need.volume()),
                _ ->
                    volumes
                        .find(need.volume())
                        .compose(there ->
                            named(there, snapshots)
                                .compose(subjects -> leased(need, there, subjects)))));
  }

  /** In the turn of the volume: what is asked for later comes later. */
  private Future<Void> leased(Need need, VolumeNames.Named there, Map<UUID, String> subjects) {
    var party = new Leases.Party(there.info().guid(), owned(need.purpose()));
    var term = new Leases.Term(need.live(), need.expiry());
    return leases
        .need(party, subjects, term)
        .compose(before -> stillThere(there, subjects.keySet(), party, before, term))
        .onComplete(_ -> {
          if (closed) leases.putDown(owner); // it stopped meanwhile, and nobody works under it
        });
  }

  private String owned(String purpose) {
    return owner + ": " + purpose;
  }

  @Override
  public void putDown(String purpose) {
    leases.putDown(owned(purpose));
  }

  /** What each is called; {@link GatewayError.NotFound} for one that is not there. */
  private static Future<Map<UUID, String>> named(VolumeNames.Named there, Set<UUID> snapshots) {
    if (snapshots.isEmpty()) return Future.succeededFuture(Map.of());
    String volume = there.info().name();
    return there
        .store()
        .listSnapshots(volume)
        .map(its -> {
          Map<UUID, String> subjects = new HashMap<>();
          for (SnapshotInfo info : its)
            if (snapshots.contains(info.guid()))
              subjects.put(info.guid(), volume + "@" + info.name());
          for (UUID guid : snapshots)
            if (!subjects.containsKey(guid))
              throw new GatewayError.NotFound(
                  "volume %s has no snapshot %s".formatted(volume, guid));
          return subjects;
        });
  }

  /** A destroy that was under way when the lease was given has ended: only now is it sure. */
  private Future<Void> stillThere(
      VolumeNames.Named there,
      Set<UUID> snapshots,
      Leases.Party party,
      Map<UUID, String> before,
      Leases.Term term) {
    if (before.keySet().containsAll(snapshots)) return Future.succeededFuture();
    return named(there, snapshots)
        .<Void>mapEmpty()
        .recover(failure ->
            leases.need(party, before, term).transform(_ -> Future.failedFuture(failure)));
  }

  @Override
  public Future<Void> anchor(Meant snapshot, String tag) {
    requireAnchor(tag);
    String volume = snapshot.name().volume();
    return asked(() ->
            all.inTurn(
                snapshot,
                there ->
                    there.call(its -> {
                      its.moveHold(volume, there.info().guid(), tag);
                      return Optional.empty();
                    })))
        .mapEmpty();
  }

  private static void requireAnchor(String tag) {
    if (!tag.startsWith(ANCHOR_PREFIX))
      throw new IllegalArgumentException(
          "the tag of an anchor begins with %s, and this is %s".formatted(ANCHOR_PREFIX, tag));
  }

  @Override
  public Future<Boolean> isChanged(String volume) {
    return answer(
        registry
            .slots()
            .unusedStep(
                volume,
                "looked at for changes",
                () ->
                    volumes
                        .find(volume)
                        .compose(there ->
                            there.store().onSnapshots(volume, its -> its.isChanged(volume)))));
  }

  @Override
  public Future<Map<UUID, String>> needed(String volume) {
    return answer(
        volumes
            .find(volume)
            .compose(there -> there.store().listSnapshots(volume))
            .map(its -> leases.holders(its.stream().map(SnapshotInfo::guid).toList())));
  }

  @Override
  public Future<VolumeInfo> clone(Meant snapshot, String name) {
    return asked(() -> all.clone(snapshot, name));
  }

  @Override
  public Future<Void> bringBack(Meant snapshot, List<Meant> later, String tag) {
    requireAnchor(tag);
    return asked(() -> bringingBack.bringBack(snapshot, later, tag));
  }

  @Override
  public Future<SnapshotSending> send(Optional<Meant> from, Meant to, long offset) {
    return sent(owner, from, to, offset);
  }

  @Override
  public Future<SnapshotSending> send(String purpose, Optional<Meant> from, Meant to, long offset) {
    return sent(owned(purpose), from, to, offset);
  }

  private Future<SnapshotSending> sent(String sender, Optional<Meant> from, Meant to, long offset) {
    return asked(() ->
        reading
            .send(sender, from, to, offset, sending::remove)
            .compose(one ->
                this.<SnapshotSending>kept(one, sending, one::close)
                    .onSuccess(_ -> {
                      if (one.isClosed()) sending.remove(one); // broken off before it was kept
                    })));
  }

  @Override
  public Future<SnapshotReceiving> receive(String volume, String store, StreamHeader header) {
    return receive(volume, store, header, Incoming::requireNotHandedOver);
  }

  @Override
  public Future<SnapshotReceiving> receive(
      String volume, String store, StreamHeader header, Receivable condition) {
    return asked(() ->
        incoming
            .receive(volume, store, header, condition, receiving::remove)
            .compose(one -> kept(one, receiving, one::close)));
  }

  /** The module may have stopped while it was being opened. */
  private <T> Future<T> kept(T one, Set<T> open, Supplier<Future<Void>> close) {
    open.add(one);
    if (!closed) return Future.succeededFuture(one);
    return close.get().transform(_ -> Future.failedFuture(stopped()));
  }

  @Override
  public Future<Void> verify(String volume) {
    return asked(() -> all.verifyToEnd(volume));
  }

  @Override
  public Future<Void> discardPartial(String volume) {
    return asked(() -> incoming.discard(volume));
  }

  /** Completes once no call is under way on anything that the module had open. */
  public Future<Void> closeAll() {
    closed = true;
    leases.putDown(owner);
    List<Future<Void>> closing = new ArrayList<>();
    sending.forEach(one -> closing.add(one.close()));
    receiving.forEach(one -> closing.add(one.close()));
    return Future.join(closing).mapEmpty();
  }

  /** Nothing is begun for a module that has stopped. */
  private <T> Future<T> asked(Supplier<Future<T>> work) {
    return closed ? Future.failedFuture(stopped()) : answer(work.get());
  }

  private GatewayError stopped() {
    return new GatewayError.Conflict("%s has stopped".formatted(owner));
  }

  private static <T> Future<T> answer(Future<T> outcome) {
    return Caller.here().answer(outcome);
  }
}
