package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.Need;
import dev.penstock.spi.snapshot.SnapshotReceiving;
import dev.penstock.spi.snapshot.SnapshotSending;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeStore;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The host's snapshots over one store, usually in memory: every call is done on the thread that
 * asks, one after another, and nothing expires. What a purpose needs survives whoever asked, as it
 * does in a gateway.
 *
 * <p><b>Threads.</b> Any.
 */
public class FakeSnapshots implements Snapshots {
  private final String storeName;
  private final VolumeStore store;
  private final Map<String, Set<UUID>> needed = new LinkedHashMap<>();
  private final Set<String> beingSent = new LinkedHashSet<>();

  /** What the receiver may have, as long as it is needed. */
  private final Map<String, Set<UUID>> sentToEnd = new LinkedHashMap<>();

  private final Set<Sent> open = new LinkedHashSet<>();

  /** An empty store in memory that is called memory. */
  public FakeSnapshots() {
    this("memory", new MemoryVolumeStore());
  }

  public FakeSnapshots(String storeName, VolumeStore store) {
    this.storeName = storeName;
    this.store = store;
  }

  public VolumeStore store() {
    return store;
  }

  public SnapshotStore snapshots() {
    return store.snapshots().orElseThrow();
  }

  /** What is needed, by "volume purpose". */
  public synchronized Map<String, Set<UUID>> needed() {
    return Map.copyOf(needed);
  }

  @Override
  public Future<Histories> histories() {
    return call(() -> {
      Map<String, Partial> partials = new LinkedHashMap<>(snapshots().partials());
      List<VolumeHistory> all = new ArrayList<>();
      for (VolumeInfo info : store.list())
        all.add(history(info, Optional.ofNullable(partials.remove(info.name()))));
      partials.forEach((name, partial) ->
          all.add(
              new VolumeHistory(
                  name, Optional.empty(), storeName, List.of(), Optional.of(partial))));
      return new Histories(all, Map.of());
    });
  }

  private VolumeHistory history(VolumeInfo info, Optional<Partial> partial) {
    return new VolumeHistory(
        info.name(), Optional.of(info), storeName, snapshots().list(info.name()), partial);
  }

  @Override
  public Future<VolumeHistory> history(String volume) {
    return histories()
        .map(all ->
            all.volumes().stream()
                .filter(one -> one.name().equals(volume))
                .findFirst()
                .orElseThrow(() -> new GatewayError.NotFound("there is no volume " + volume)));
  }

  @Override
  public Future<List<SnapshotInfo>> take(List<SnapshotName> names, Duration limit) {
    return call(() ->
        names.stream().map(name -> snapshots().create(name.volume(), name.snapshot())).toList());
  }

  @Override
  public Future<List<Fate>> destroy(List<Meant> snapshots) {
    return call(() -> snapshots.stream().map(this::destroyed).toList());
  }

  @Override
  public Future<List<Fate>> destroyNeeded(List<Meant> snapshots) {
    return call(() -> snapshots.stream().map(this::gaveWay).toList());
  }

  private Fate gaveWay(Meant meant) {
    try {
      SnapshotInfo info = found(meant);
      UUID guid = info.guid();
      boolean isNeeded =
          needed.entrySet().stream()
              .anyMatch(one -> one.getValue().contains(guid) && !givesWay(one.getKey(), guid));
      if (isNeeded || !info.holds().isEmpty()) return destroyed(meant);
      for (Sent one : List.copyOf(open)) if (one.isOf(guid)) one.breakOff(meant.name());
      needed.replaceAll((_, guids) -> without(guids, guid));
      needed.values().removeIf(Set::isEmpty);
    } catch (GatewayError why) {
      return new Fate.Failed(meant.name(), why);
    }
    return destroyed(meant);
  }

  private boolean givesWay(String key, UUID guid) {
    return beingSent.contains(key) && !sentToEnd.getOrDefault(key, Set.of()).contains(guid);
  }

  private static Set<UUID> without(Set<UUID> guids, UUID gone) {
    return guids.stream().filter(one -> !one.equals(gone)).collect(Collectors.toSet());
  }

  @Override
  public Future<OptionalLong> freeBytes(String store) {
    return call(() -> store.equals(storeName) ? this.store.freeBytes() : OptionalLong.empty());
  }

  private Fate destroyed(Meant meant) {
    try {
      SnapshotInfo info = found(meant);
      String holders =
          needed.entrySet().stream()
              .filter(one -> one.getValue().contains(info.guid()))
              .map(Map.Entry::getKey)
              .collect(Collectors.joining(", "));
      if (!info.holds().isEmpty())
        return new Fate.Deferred(meant.name(), "hold " + String.join(", ", info.holds()));
      if (!holders.isEmpty()) return new Fate.Deferred(meant.name(), holders);
      return snapshots()
          .destroy(meant.name().volume(), List.of(info.guid()))
          .getOrDefault(info.guid(), Optional.empty())
          .<Fate>map(why -> new Fate.Failed(meant.name(), why))
          .orElseGet(() -> new Fate.Destroyed(meant.name()));
    } catch (GatewayError why) {
      return new Fate.Failed(meant.name(), why);
    }
  }

  private SnapshotInfo found(Meant meant) {
    SnapshotInfo info =
        snapshots().list(meant.name().volume()).stream()
            .filter(one -> one.name().equals(meant.name().snapshot()))
            .findFirst()
            .orElseThrow(() -> new GatewayError.NotFound("there is no snapshot " + meant.name()));
    if (!meant.guid().orElse(info.guid()).equals(info.guid()))
      throw new GatewayError.Conflict(meant.name() + " is another snapshot now");
    return info;
  }

  @Override
  public Future<Void> need(Need need, Set<UUID> snapshots) {
    return done(() -> {
      Set<UUID> there =
          snapshots().list(need.volume()).stream()
              .map(SnapshotInfo::guid)
              .collect(Collectors.toSet());
      for (UUID one : snapshots)
        if (!there.contains(one))
          throw new GatewayError.NotFound(
              "volume %s has no snapshot %s".formatted(need.volume(), one));
      String key = need.volume() + " " + need.purpose();
      beingSent.remove(key);
      sentToEnd.computeIfPresent(
          key, (_, sent) -> sent.stream().filter(snapshots::contains).collect(Collectors.toSet()));
      if (snapshots.isEmpty()) needed.remove(key);
      else needed.put(key, Set.copyOf(snapshots));
    });
  }

  /** Nothing expires here. */
  @Override
  public void putDown(String purpose) {}

  @Override
  public Future<Void> anchor(Meant snapshot, String tag) {
    return done(() -> snapshots().moveHold(snapshot.name().volume(), found(snapshot).guid(), tag));
  }

  @Override
  public Future<Boolean> isChanged(String volume) {
    return call(() -> snapshots().isChanged(volume));
  }

  @Override
  public Future<VolumeInfo> clone(Meant snapshot, String name) {
    return call(() -> snapshots().clone(snapshot.name().volume(), found(snapshot).guid(), name));
  }

  @Override
  public Future<Void> bringBack(Meant snapshot, List<Meant> later, String tag) {
    return done(() -> {
      String volume = snapshot.name().volume();
      UUID guid = found(snapshot).guid();
      store.find(volume).orElseThrow().requireReplica();
      snapshots().moveHold(volume, guid, tag);
      for (Meant one : later)
        if (!(destroyed(one) instanceof Fate.Destroyed))
          throw new GatewayError.Unavailable(
              Scope.RESOURCE, Duration.ofSeconds(1), one.name() + " is in use");
      snapshots().rollback(volume, guid);
    });
  }

  @Override
  public Future<SnapshotSending> send(Optional<Meant> from, Meant to, long offset) {
    return call(() ->
        new Sent(
            snapshots()
                .send(
                    to.name().volume(),
                    from.map(one -> found(one).guid()),
                    found(to).guid(),
                    offset)));
  }

  @Override
  public Future<SnapshotSending> send(String purpose, Optional<Meant> from, Meant to, long offset) {
    String key = to.name().volume() + " " + purpose;
    return done(() -> beingSent.add(key))
        .compose(_ -> send(from, to, offset))
        .map(sending -> new SentForPurpose(sending, () -> sentToEnd(key, sending.header())));
  }

  private synchronized void sentToEnd(String key, StreamHeader header) {
    Set<UUID> sent = new HashSet<>(sentToEnd.getOrDefault(key, Set.of()));
    sent.add(header.to());
    header.from().ifPresent(sent::add);
    sentToEnd.put(key, sent);
  }

  @Override
  public Future<SnapshotReceiving> receive(String volume, String store, StreamHeader header) {
    return receive(volume, store, header, _ -> {});
  }

  @Override
  public Future<SnapshotReceiving> receive(
      String volume, String store, StreamHeader header, Receivable condition) {
    Runnable look = () -> condition.require(this.store.ownership(volume));
    return call(() -> {
      look.run();
      if (header.from().isPresent()) this.store.find(volume).orElseThrow().requireReplica();
      return new Received(snapshots().receive(volume, header), look);
    });
  }

  /** Nothing in memory goes bad. */
  @Override
  public Future<Void> verify(String volume) {
    return history(volume).mapEmpty();
  }

  @Override
  public Future<Void> discardPartial(String volume) {
    return done(() -> snapshots().discardPartial(volume));
  }

  private synchronized <T> Future<T> call(Supplier<T> call) {
    try {
      return Future.succeededFuture(call.get());
    } catch (RuntimeException thrown) {
      return Future.failedFuture(thrown);
    }
  }

  private Future<Void> done(Runnable call) {
    return call(
            () -> {
              call.run();
              return Optional.empty();
            })
        .mapEmpty();
  }

  private final class Sent implements SnapshotSending {
    private final BlockSource source;
    private Optional<GatewayError> broken = Optional.empty();

    Sent(BlockSource source) {
      this.source = source;
      open.add(this);
    }

    boolean isOf(UUID guid) {
      return header().to().equals(guid) || header().from().equals(Optional.of(guid));
    }

    void breakOff(SnapshotName gone) {
      broken = Optional.of(new GatewayError.Conflict(gone + " goes: its store has little room"));
      open.remove(this);
      source.close();
    }

    @Override
    public StreamHeader header() {
      return source.header();
    }

    @Override
    public <T> Future<T> run(Function<BlockSource, T> calls) {
      return call(() -> {
        if (broken.isPresent()) throw broken.get();
        return calls.apply(source);
      });
    }

    @Override
    public Future<Void> close() {
      return done(() -> {
        if (open.remove(this)) source.close();
      });
    }
  }

  private final class Received implements SnapshotReceiving {
    private final Receiving receiving;
    private final Runnable condition;
    private final long offset;

    Received(Receiving receiving, Runnable condition) {
      this.receiving = receiving;
      this.condition = condition;
      this.offset = receiving.offset();
    }

    @Override
    public long offset() {
      return offset;
    }

    @Override
    public <T> Future<T> run(Function<Receiving, T> calls) {
      return call(() -> calls.apply(receiving));
    }

    @Override
    public Future<Void> complete(String tag) {
      return done(() -> {
        condition.run();
        receiving.complete(tag);
        receiving.close();
      });
    }

    @Override
    public Future<Void> discard() {
      return done(() -> {
        receiving.discard();
        receiving.close();
      });
    }

    @Override
    public Future<Void> close() {
      return done(receiving::close);
    }
  }

  /** Tells when its end has been read. */
  private record SentForPurpose(SnapshotSending sending, Runnable atEnd)
      implements SnapshotSending {
    @Override
    public StreamHeader header() {
      return sending.header();
    }

    @Override
    public <T> Future<T> run(Function<BlockSource, T> calls) {
      return sending.run(source -> calls.apply(new ToItsEnd(source, atEnd)));
    }

    @Override
    public Future<Void> close() {
      return sending.close();
    }
  }

  private record ToItsEnd(BlockSource source, Runnable atEnd) implements BlockSource {
    @Override
    public StreamHeader header() {
      return source.header();
    }

    @Override
    public Optional<Piece> next(ByteBuffer buffer) {
      Optional<Piece> piece = source.next(buffer);
      if (piece.isEmpty()) atEnd.run();
      return piece;
    }

    @Override
    public void close() {
      source.close();
    }
  }
}
