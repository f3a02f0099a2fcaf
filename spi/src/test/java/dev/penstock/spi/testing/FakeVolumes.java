package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeUser;
import dev.penstock.spi.volume.Volumes;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The host's volumes, in memory, with workers of their own and with one writer for each volume.
 *
 * <p><b>Threads.</b> Any.
 */
public final class FakeVolumes implements Volumes, AutoCloseable {
  private static final int WORKERS = 4;
  private static final int QUEUE_MAX = 4096;

  private final ThreadPoolExecutor workers;
  private final Map<String, Volume> volumes = new LinkedHashMap<>();
  private final Map<String, MemoryVolume> inMemory = new ConcurrentHashMap<>();
  private final List<Opened> opened = new CopyOnWriteArrayList<>();
  private final MemorySnapshots snapshots =
      new MemorySnapshots(inMemory, this::isOpen, InstantSource.system());
  private final Map<String, Promise<Void>> slow = new HashMap<>();
  private Optional<GatewayError> refusal = Optional.empty();
  private Predicate<String> owned = _ -> true;

  public FakeVolumes() {
    this.workers =
        new ThreadPoolExecutor(
            WORKERS,
            WORKERS,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(QUEUE_MAX),
            Thread.ofPlatform().daemon().name("test-worker-", 0).factory());
  }

  /** Adds a volume in memory, and gives it back for its faults. */
  public MemoryVolume add(String name, long sizeBytes) {
    MemoryVolume volume = MemoryVolume.named(name, sizeBytes);
    add(name, volume);
    return volume;
  }

  public synchronized void add(String name, Volume volume) {
    volumes.put(name, volume);
    if (!(volume instanceof MemoryVolume memory)) return;
    inMemory.put(name, memory);
    snapshots.adopt(name, memory);
  }

  /** One of those that are in memory. */
  public MemoryVolume inMemory(String name) {
    return Optional.ofNullable(inMemory.get(name)).orElseThrow(() -> nobodyHas(name));
  }

  /** The snapshots of the volumes that are in memory. Its clones can be opened like any other. */
  public SnapshotStore snapshotStore() {
    return snapshots;
  }

  /** Takes no lock: a snapshot store asks that holds its own. */
  private boolean isOpen(String name) {
    return opened.stream().anyMatch(o -> o.name.equals(name));
  }

  /** From now on opening this volume takes until {@link #openSlow}: an upstream that is away. */
  public synchronized void slow(String name) {
    slow.put(name, Promise.promise());
  }

  /** Opens what waits for it, as far as it can be opened. */
  public void openSlow(String name) {
    Promise<Void> waiting;
    synchronized (this) {
      waiting = slow.remove(name);
    }
    if (waiting != null) waiting.complete();
  }

  /** From now on every {@link #open} fails with this. */
  public synchronized void refuse(GatewayError refusal) {
    this.refusal = Optional.of(refusal);
  }

  public synchronized void refuseNoMore() {
    refusal = Optional.empty();
  }

  /** From now on nobody opens for writing what is not owned. */
  public synchronized void guard(Predicate<String> isOwned) {
    owned = isOwned;
  }

  /** For whoever brings the bytes of what is not owned. */
  synchronized Future<OpenVolume> openUnguarded(String name, VolumeUser user) {
    Predicate<String> before = owned;
    owned = _ -> true;
    try {
      return openNow(name, Access.WRITE, user);
    } finally {
      owned = before;
    }
  }

  /** An open volume that belongs to nobody: a successor for {@link VolumeUser#retire}. */
  public OpenVolume openUnowned(Volume volume, Access access) {
    return new Opened(volume, access, "nobody", Optional.empty());
  }

  /** Who has the volume open for writing, or else for reading. */
  public synchronized VolumeUser userOf(String name) {
    return opened.stream()
        .filter(o -> o.name.equals(name))
        .sorted((a, b) -> b.access.compareTo(a.access))
        .flatMap(o -> o.user.stream())
        .findFirst()
        .orElseThrow(() -> new AssertionError("nobody has " + name + " open"));
  }

  /** The names of the volumes that are open now, each as often as it is open. */
  public synchronized List<String> openNames() {
    return opened.stream().map(o -> o.name).toList();
  }

  @Override
  public synchronized Future<List<VolumeInfo>> list() {
    Map<String, Volume> all = new LinkedHashMap<>(volumes);
    inMemory.forEach(all::putIfAbsent);
    return Future.succeededFuture(all.values().stream().map(Volume::info).toList());
  }

  @Override
  public synchronized Future<VolumeInfo> find(String name) {
    return volume(name)
        .map(volume -> Future.succeededFuture(volume.info()))
        .orElseGet(() -> Future.failedFuture(nobodyHas(name)));
  }

  private Optional<Volume> volume(String name) {
    return Optional.<Volume>ofNullable(volumes.get(name))
        .or(() -> Optional.ofNullable(inMemory.get(name)));
  }

  @Override
  public Future<List<SnapshotInfo>> snapshots(String volume) {
    return find(volume).map(_ -> inMemory.containsKey(volume) ? snapshots.list(volume) : List.of());
  }

  @Override
  public synchronized Future<OpenVolume> open(String name, Access access, VolumeUser user) {
    Promise<Void> slowly = slow.get(name);
    if (slowly == null) return openNow(name, access, user);
    Context caller = Vertx.currentContext();
    Promise<OpenVolume> opened = Promise.promise();
    slowly
        .future()
        .compose(_ -> openNow(name, access, user))
        .onComplete(outcome -> Opened.settle(caller, outcome, opened));
    return opened.future();
  }

  private synchronized Future<OpenVolume> openNow(String name, Access access, VolumeUser user) {
    if (refusal.isPresent()) return Future.failedFuture(refusal.get());
    if (name.contains("@")) return openSnapshot(name, access, user);
    Optional<Volume> found = volume(name);
    if (found.isEmpty()) return Future.failedFuture(nobodyHas(name));
    if (access == Access.WRITE && !owned.test(name))
      return Future.failedFuture(
          new GatewayError.Unavailable(
              Scope.RESOURCE, Duration.ofSeconds(1), "volume %s is not owned".formatted(name)));
    Volume volume = found.get();
    Optional<Opened> writer =
        opened.stream().filter(o -> o.name.equals(name) && o.access == Access.WRITE).findFirst();
    if (access == Access.WRITE && writer.isPresent())
      return Future.failedFuture(
          new GatewayError.Conflict(
              "volume %s is written by %s"
                  .formatted(name, writer.get().user.orElseThrow().name())));
    Volume given = access == Access.READ ? new ReadOnly(volume) : volume;
    return Future.succeededFuture(lent(name, given, access, user));
  }

  /** For clients of another gateway, beside whoever writes it. */
  synchronized Future<OpenVolume> join(String name, VolumeUser user) {
    if (refusal.isPresent()) return Future.failedFuture(refusal.get());
    return volume(name)
        .map(volume -> Future.succeededFuture(lent(name, volume, Access.WRITE, user)))
        .orElseGet(() -> Future.failedFuture(nobodyHas(name)));
  }

  private OpenVolume lent(String name, Volume given, Access access, VolumeUser user) {
    Opened one = new Opened(given, access, name, Optional.of(user));
    opened.add(one);
    return one;
  }

  private Future<OpenVolume> openSnapshot(String text, Access access, VolumeUser user) {
    try {
      if (access == Access.WRITE)
        throw new GatewayError.Denied("snapshot %s is never written".formatted(text));
      SnapshotName name = SnapshotName.parse(text).orElseThrow();
      UUID guid =
          snapshots.list(name.volume()).stream()
              .filter(info -> info.name().equals(name.snapshot()))
              .findFirst()
              .orElseThrow(() -> new GatewayError.NotFound("there is no snapshot " + text))
              .guid();
      Opened one =
          new Opened(
              snapshots.openSnapshot(name.volume(), guid), access, text, Optional.of(user), true);
      opened.add(one);
      return Future.succeededFuture(one);
    } catch (GatewayError e) {
      return Future.failedFuture(e);
    }
  }

  /** What the host does when a module stops: takes back what is open. */
  public synchronized void takeBack() {
    opened.forEach(Opened::close);
  }

  @Override
  public void close() {
    workers.shutdownNow();
  }

  private static GatewayError nobodyHas(String name) {
    return new GatewayError.NotFound("there is no volume %s".formatted(name));
  }

  private final class Opened implements OpenVolume {
    private final Volume volume;
    private final Access access;
    private final String name;
    private final Optional<VolumeUser> user;
    private final boolean closes;

    private Opened(Volume volume, Access access, String name, Optional<VolumeUser> user) {
      this(volume, access, name, user, false);
    }

    private Opened(
        Volume volume, Access access, String name, Optional<VolumeUser> user, boolean closes) {
      this.closes = closes;
      this.volume = volume;
      this.access = access;
      this.name = name;
      this.user = user;
    }

    @Override
    public Volume volume() {
      return volume;
    }

    @Override
    public Access access() {
      return access;
    }

    @Override
    public OpenVolume forClient() {
      Volume own = volume.forClient();
      return own.equals(volume) ? this : new Opened(own, access, name, user, true);
    }

    @Override
    public <T> Future<T> run(Callable<T> calls) {
      Context caller = Vertx.currentContext();
      Promise<T> done = Promise.promise();
      try {
        workers.execute(() -> settle(caller, outcome(calls), done));
      } catch (RejectedExecutionException _) {
        done.fail(
            new GatewayError.Unavailable(
                Scope.RESOURCE, Duration.ofSeconds(1), "too many calls wait for " + name));
      }
      return done.future();
    }

    private static <T> Future<T> outcome(Callable<T> calls) {
      try {
        return Future.succeededFuture(calls.call());
      } catch (Exception e) {
        return Future.failedFuture(e);
      }
    }

    /** Completes on the caller's context, as the host's does. */
    private static <T> void settle(
        @Nullable Context caller, AsyncResult<T> outcome, Promise<T> done) {
      if (caller == null) done.handle(outcome);
      else caller.runOnContext(_ -> done.handle(outcome));
    }

    @Override
    public Future<Void> close() {
      opened.remove(this);
      if (closes) volume.close();
      return Future.succeededFuture();
    }
  }

  private static final class ReadOnly extends ForwardingVolume {
    ReadOnly(Volume behind) {
      super(behind);
    }

    @Override
    protected void admit(boolean changes) {
      if (changes)
        throw new GatewayError.Denied("volume %s is open for reading".formatted(info().name()));
    }

    @Override
    public void close() {}
  }
}
