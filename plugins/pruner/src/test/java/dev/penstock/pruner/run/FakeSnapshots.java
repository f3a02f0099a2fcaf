package dev.penstock.pruner.run;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.Need;
import dev.penstock.spi.snapshot.SnapshotReceiving;
import dev.penstock.spi.snapshot.SnapshotSending;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Volumes with snapshots, in memory, that fail and hang when a test says so. Destroys as the host
 * does: by guid, never what is held, and what is leased is deferred. Threads: any.
 */
public final class FakeSnapshots implements Snapshots {
  private final Map<String, List<SnapshotInfo>> volumes = new TreeMap<>();
  private final Map<UUID, String> leases = new HashMap<>();
  private final Map<String, Deque<GatewayError>> failures = new HashMap<>();
  private final Map<String, Promise<Void>> hanging = new HashMap<>();
  private final List<List<Meant>> destroys = new CopyOnWriteArrayList<>();
  private final List<String> looks = new CopyOnWriteArrayList<>();
  private Optional<GatewayError> listFailure = Optional.empty();
  private Optional<Runnable> beforeDestroy = Optional.empty();
  private Map<String, GatewayError> unanswered = Map.of();
  private int answersLess;
  private OptionalLong room = OptionalLong.empty();
  private long roomOfEach;
  private final Set<UUID> open = new HashSet<>();
  private final List<Meant> forRoom = new CopyOnWriteArrayList<>();
  private final Map<String, Partial> partials = new HashMap<>();
  private final Set<String> beingReceived = new HashSet<>();

  /** So much is free, and so much more with each that goes. */
  public synchronized void room(long bytes, long ofEach) {
    room = OptionalLong.of(bytes);
    roomOfEach = ofEach;
  }

  /** Leased by a client, for whom nothing gives way. */
  public synchronized void open(UUID snapshot, String holder) {
    lease(snapshot, holder);
    open.add(snapshot);
  }

  /** Half of a snapshot has come; of a volume that is not there yet, if there is none. */
  public synchronized void partial(String volume, String snapshot) {
    var to = new UUID(3, snapshot.hashCode());
    partials.put(volume, new Partial(Optional.empty(), to, snapshot, 2, 1));
  }

  /** The rest of it comes just now. */
  public synchronized void receiving(String volume) {
    beingReceived.add(volume);
  }

  public synchronized Set<String> partials() {
    return Set.copyOf(partials.keySet());
  }

  /** Which were asked for although needed. */
  public List<Meant> forRoom() {
    return List.copyOf(forRoom);
  }

  public synchronized FakeSnapshots volume(String name, List<SnapshotInfo> snapshots) {
    volumes.put(name, new ArrayList<>(snapshots));
    return this;
  }

  private List<SnapshotInfo> there(String volume) {
    return volumes.getOrDefault(volume, new ArrayList<>());
  }

  public synchronized void remove(String volume) {
    volumes.remove(volume);
  }

  /** The names that are there. */
  public synchronized List<String> names(String volume) {
    return there(volume).stream().map(SnapshotInfo::name).toList();
  }

  public synchronized void lease(UUID snapshot, String holder) {
    leases.put(snapshot, holder);
  }

  public synchronized void release(UUID snapshot) {
    leases.remove(snapshot);
  }

  public synchronized void replace(String volume, SnapshotInfo snapshot) {
    there(volume).replaceAll(one -> one.name().equals(snapshot.name()) ? snapshot : one);
  }

  /** Destroys of the volume fail with these, one after the other, and then succeed. */
  public synchronized void failDestroys(String volume, GatewayError... why) {
    failures.put(volume, new ArrayDeque<>(List.of(why)));
  }

  public synchronized void failLists(GatewayError why) {
    listFailure = Optional.of(why);
  }

  /** A store does not list what it has. */
  public synchronized void silence(String store, GatewayError why) {
    unanswered = Map.of(store, why);
  }

  /** Calls about the volume do not come back until the promise is completed. */
  public synchronized Promise<Void> hang(String volume) {
    Promise<Void> back = Promise.promise();
    hanging.put(volume, back);
    back.future().onComplete(_ -> unhang(volume));
    return back;
  }

  private synchronized void unhang(String volume) {
    hanging.remove(volume);
  }

  /** Comes once, when the next destroy has been asked for. */
  public synchronized void beforeDestroy(Runnable once) {
    beforeDestroy = Optional.of(once);
  }

  /** The next destroy says nothing of its last so many. */
  public synchronized void answerLess(int by) {
    answersLess = by;
  }

  /** Every destroy that was asked for. */
  public List<List<Meant>> destroys() {
    return List.copyOf(destroys);
  }

  /** Of which volumes a history was asked for. */
  public List<String> looks() {
    return List.copyOf(looks);
  }

  private <T> Future<T> unlessHanging(String volume, Future<T> answer) {
    Promise<Void> back;
    synchronized (this) {
      back = hanging.get(volume);
    }
    return back == null ? answer : back.future().compose(_ -> answer);
  }

  @Override
  public synchronized Future<Histories> histories() {
    if (listFailure.isPresent()) return Future.failedFuture(listFailure.get());
    Set<String> all = new TreeSet<>(volumes.keySet());
    all.addAll(partials.keySet());
    return Future.succeededFuture(
        new Histories(all.stream().map(this::historyOf).toList(), unanswered));
  }

  private VolumeHistory historyOf(String volume) {
    var info = new VolumeInfo(new UUID(1, volume.hashCode()), volume, 1, 1, Instant.EPOCH);
    return new VolumeHistory(
        volume,
        Optional.of(info).filter(_ -> volumes.containsKey(volume)),
        "disk",
        there(volume),
        Optional.ofNullable(partials.get(volume)));
  }

  @Override
  public synchronized Future<VolumeHistory> history(String volume) {
    looks.add(volume);
    if (!volumes.containsKey(volume) && !partials.containsKey(volume))
      return Future.failedFuture(new GatewayError.NotFound("there is no volume " + volume));
    return unlessHanging(volume, Future.succeededFuture(historyOf(volume)));
  }

  @Override
  public synchronized Future<List<Fate>> destroy(List<Meant> snapshots) {
    destroys.add(List.copyOf(snapshots));
    Optional<Runnable> before = beforeDestroy;
    beforeDestroy = Optional.empty();
    before.ifPresent(Runnable::run);
    String volume = snapshots.getFirst().name().volume();
    List<Fate> fates = new ArrayList<>();
    GatewayError why = failures.getOrDefault(volume, new ArrayDeque<>()).poll();
    for (Meant one : snapshots)
      fates.add(why != null ? new Fate.Failed(one.name(), why) : destroyed(one));
    fates.subList(fates.size() - answersLess, fates.size()).clear();
    answersLess = 0;
    return unlessHanging(volume, Future.succeededFuture(fates));
  }

  private Fate destroyed(Meant meant) {
    SnapshotName name = meant.name();
    List<SnapshotInfo> there = there(name.volume());
    Optional<SnapshotInfo> found =
        there.stream().filter(one -> one.name().equals(name.snapshot())).findFirst();
    if (found.isEmpty())
      return new Fate.Failed(name, new GatewayError.NotFound("there is no snapshot " + name));
    if (!meant.guid().equals(Optional.of(found.get().guid())))
      return new Fate.Failed(name, new GatewayError.Conflict(name + " is another snapshot now"));
    if (!found.get().holds().isEmpty())
      return new Fate.Failed(name, new GatewayError.Conflict(name + " is held"));
    if (leases.containsKey(found.get().guid()))
      return new Fate.Deferred(name, leases.get(found.get().guid()));
    there.remove(found.get());
    room = room.isPresent() ? OptionalLong.of(room.getAsLong() + roomOfEach) : room;
    return new Fate.Destroyed(name);
  }

  @Override
  public synchronized Future<List<Fate>> destroyNeeded(List<Meant> snapshots) {
    forRoom.addAll(snapshots);
    for (Meant one : snapshots)
      one.guid().filter(guid -> !open.contains(guid)).ifPresent(leases::remove);
    return destroy(snapshots);
  }

  @Override
  public synchronized Future<OptionalLong> freeBytes(String store) {
    return Future.succeededFuture(store.equals("disk") ? room : OptionalLong.empty());
  }

  @Override
  public synchronized Future<Map<UUID, String>> needed(String volume) {
    return Future.succeededFuture(Map.copyOf(leases));
  }

  @Override
  public Future<List<SnapshotInfo>> take(List<SnapshotName> names, Duration limit) {
    return notAsked();
  }

  @Override
  public Future<Void> need(Need need, Set<UUID> snapshots) {
    return notAsked();
  }

  @Override
  public Future<Void> anchor(Meant snapshot, String tag) {
    return notAsked();
  }

  @Override
  public void putDown(String purpose) {}

  @Override
  public Future<Void> verify(String volume) {
    return notAsked();
  }

  @Override
  public Future<Boolean> isChanged(String volume) {
    return notAsked();
  }

  @Override
  public Future<VolumeInfo> clone(Meant snapshot, String name) {
    return notAsked();
  }

  @Override
  public Future<Void> bringBack(Meant snapshot, List<Meant> later, String tag) {
    return notAsked();
  }

  @Override
  public Future<SnapshotSending> send(Optional<Meant> from, Meant to, long offset) {
    return notAsked();
  }

  @Override
  public Future<SnapshotReceiving> receive(String volume, String store, StreamHeader header) {
    return notAsked();
  }

  @Override
  public synchronized Future<Void> discardPartial(String volume) {
    if (beingReceived.contains(volume))
      return Future.failedFuture(new GatewayError.Conflict(volume + " is being received"));
    if (partials.remove(volume) != null && room.isPresent())
      room = OptionalLong.of(room.getAsLong() + roomOfEach);
    return Future.succeededFuture();
  }

  private static <T> Future<T> notAsked() {
    return Future.failedFuture(new AssertionError("a pruner does not ask for this"));
  }
}
