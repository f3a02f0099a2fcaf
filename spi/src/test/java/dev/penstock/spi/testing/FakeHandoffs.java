package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeStore;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Hand-overs of the volumes of one store, which keeps the records: what is done to them is done at
 * once, on the thread of whoever asks. Nobody uses the volumes, but for what {@link #join} lends.
 */
public class FakeHandoffs implements Handoffs {
  private final String storeName;
  private final VolumeStore store;
  private final FakeVolumes lent;
  private final Set<String> frozen = new HashSet<>();
  private final List<String> led = new CopyOnWriteArrayList<>();
  private volatile Optional<Successors> successors = Optional.empty();

  public FakeHandoffs() {
    this("memory", new MemoryVolumeStore(), new FakeVolumes());
  }

  /**
   * @param lent what lends volumes to whoever joins
   */
  public FakeHandoffs(String storeName, VolumeStore store, FakeVolumes lent) {
    this.storeName = storeName;
    this.store = store;
    this.lent = lent;
  }

  /** The volumes whose users were led on, in that order. */
  public List<String> led() {
    return List.copyOf(led);
  }

  public synchronized boolean isFrozen(String volume) {
    return frozen.contains(volume);
  }

  public Optional<Successors> successors() {
    return successors;
  }

  @Override
  public synchronized Future<Map<String, Ownership>> recorded() {
    Map<String, Ownership> all = new TreeMap<>();
    for (String volume : store.ownerships())
      store.ownership(volume).ifPresent(record -> all.put(volume, record));
    return Future.succeededFuture(all);
  }

  @Override
  public synchronized Future<Optional<Ownership>> find(String volume) {
    return answer(() -> known(volume));
  }

  private Optional<Ownership> known(String volume) {
    return store
        .ownership(volume)
        .or(() ->
            store.find(volume).map(info -> info.replica() ? Ownership.NONE : Ownership.PLAIN));
  }

  @Override
  public synchronized Future<Ownership> change(String volume, String store, Step step) {
    if (!store.isEmpty() && !store.equals(storeName))
      return Future.failedFuture(new GatewayError.NotFound("there is no store " + store));
    return answer(() -> changed(volume, step));
  }

  private Ownership changed(String volume, Step step) {
    Optional<Ownership> now = known(volume);
    Ownership next = step.next(now);
    if (!now.equals(Optional.of(next))) store.keepOwnership(volume, next);
    return next;
  }

  /** Nobody uses anything here; the orphan is taken as the host does. */
  @Override
  public synchronized Future<Fenced> fence(String volume, Step step, Duration limit) {
    return answer(() -> {
      Ownership now =
          known(volume).orElseThrow(() -> new GatewayError.NotFound("there is no " + volume));
      Ownership next = step.next(Optional.of(now));
      Optional<SnapshotInfo> orphan = Optional.empty();
      if (now.isOwned() && !next.isOwned()) {
        SnapshotStore its = store.snapshots().orElseThrow();
        SnapshotInfo taken =
            its.create(volume, ORPHAN + "-" + now.owned().orElse(Epoch.FIRST).number());
        its.hold(volume, taken.guid(), ORPHAN);
        orphan = Optional.of(taken);
      }
      return new Fenced(changed(volume, step), orphan);
    });
  }

  @Override
  public synchronized Future<Frozen> freeze(String volume, Duration limit) {
    return answer(() -> {
      if (store.find(volume).isEmpty())
        throw new GatewayError.NotFound("there is no volume " + volume);
      if (!frozen.add(volume))
        throw new GatewayError.Conflict("volume %s is frozen".formatted(volume));
      return new Still(volume);
    });
  }

  @Override
  public Future<OpenVolume> join(String volume, VolumeUser user) {
    return lent.join(volume, user);
  }

  /** Those that are received are made in memory, and nobody else opens them for writing. */
  @Override
  public Future<OpenVolume> receive(String volume, long sizeBytes, VolumeUser user) {
    boolean receiving =
        known(volume).filter(now -> now.phase() instanceof Ownership.Receiving).isPresent();
    if (!receiving)
      return Future.failedFuture(
          new GatewayError.Conflict("volume %s is not being received".formatted(volume)));
    lent.guard(name -> known(name).map(Ownership::isOwned).orElse(true));
    return lent.find(volume)
        .recover(_ -> Future.succeededFuture(lent.add(volume, sizeBytes).info()))
        .compose(_ -> lent.openUnguarded(volume, user));
  }

  @Override
  public void leadBy(Successors way) {
    successors = Optional.of(way);
  }

  @Override
  public synchronized Future<Void> leadOn(String volume, Duration limit) {
    led.add(volume);
    frozen.remove(volume);
    return Future.succeededFuture();
  }

  @Override
  public synchronized Future<Void> unlink(String volume) {
    return answer(
            () -> {
              if (store.find(volume).map(VolumeInfo::name).isPresent()) store.remove(volume);
              return Optional.empty();
            })
        .mapEmpty();
  }

  private static <T> Future<T> answer(Callable<T> call) {
    try {
      return Future.succeededFuture(call.call());
    } catch (Exception e) {
      return Future.failedFuture(e);
    }
  }

  private final class Still implements Frozen {
    private final String volume;
    private boolean halted;
    private boolean over;

    Still(String volume) {
      this.volume = volume;
    }

    @Override
    public Duration held() {
      return Duration.ZERO;
    }

    @Override
    public Future<SnapshotInfo> take(String snapshot) {
      synchronized (FakeHandoffs.this) {
        return still(() -> store.snapshots().orElseThrow().create(volume, snapshot));
      }
    }

    @Override
    public Future<Void> halt(Duration limit) {
      synchronized (FakeHandoffs.this) {
        return still(() -> halted = true).mapEmpty();
      }
    }

    @Override
    public Future<Ownership> change(Step step) {
      synchronized (FakeHandoffs.this) {
        return still(() ->
            changed(
                volume,
                now -> {
                  Ownership next = step.next(now);
                  if (!next.isOwned() && !halted)
                    throw new GatewayError.Conflict(volume + " is not halted");
                  return next;
                }));
      }
    }

    @Override
    public Future<Void> thaw() {
      synchronized (FakeHandoffs.this) {
        if (over || !frozen.contains(volume)) return Future.succeededFuture();
        if (!known(volume).map(Ownership::isOwned).orElse(false))
          return Future.failedFuture(new GatewayError.Conflict(volume + " is not owned"));
        over = true;
        frozen.remove(volume);
        return Future.succeededFuture();
      }
    }

    private <T> Future<T> still(Callable<T> call) {
      if (over || !frozen.contains(volume))
        return Future.failedFuture(new GatewayError.Conflict(volume + " is not frozen"));
      return answer(call);
    }
  }
}
