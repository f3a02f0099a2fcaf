package dev.penstock.gateway.admin;

import dev.penstock.gateway.volume.Snapshots;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.SnapshotSpace;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** Snapshots in memory, of volumes that {@link FakeSubjects} has. */
public final class FakeSnapshots implements Snapshots {
  private static final long SIZE = 1 << 20;

  private final FakeSubjects gateway;
  private final Map<String, Shown> all = new TreeMap<>();

  /** What stays, and why. */
  public volatile Map<String, GatewayError> inUse = Map.of();

  /** What a hook had to say. */
  public volatile List<String> warnings = List.of();

  public volatile List<Finding> findings = List.of(new Finding(Finding.Weight.LEAK, "a hole"));

  FakeSnapshots(FakeSubjects gateway) {
    this.gateway = gateway;
  }

  @Override
  public Future<List<Shown>> list(String volume) {
    return Future.succeededFuture(
        all.values().stream().filter(one -> one.name().volume().equals(volume)).toList());
  }

  @Override
  public Future<List<Shown>> listAll() {
    return Future.succeededFuture(List.copyOf(all.values()));
  }

  @Override
  public Future<Shown> find(SnapshotName name) {
    Shown one = all.get(name.toString());
    return one == null
        ? Future.failedFuture(new GatewayError.NotFound("there is no snapshot " + name))
        : Future.succeededFuture(one);
  }

  @Override
  public Future<Taken> create(List<SnapshotName> names, Duration limit) {
    gateway.asked.add("snapshot " + names + " " + limit);
    List<Shown> made = names.stream().map(this::make).toList();
    return Future.succeededFuture(new Taken(made, Duration.ofMillis(12), warnings));
  }

  private Shown make(SnapshotName name) {
    var info =
        new SnapshotInfo(
            UUID.randomUUID(), name.snapshot(), SIZE, FakeSubjects.NOW, Set.of("offsite"));
    var shown = new Shown(name, info, List.of(), Optional.of("module nbd (read)"));
    all.put(name.toString(), shown);
    return shown;
  }

  @Override
  public Future<List<Destroyed>> destroy(List<Meant> snapshots) {
    return Future.succeededFuture(snapshots.stream().map(this::destroy).toList());
  }

  private Destroyed destroy(Meant one) {
    String name = one.name().toString();
    Optional<GatewayError> why = Optional.ofNullable(inUse.get(name));
    if (why.isEmpty() && all.remove(name) == null)
      why = Optional.of(new GatewayError.NotFound("there is no snapshot " + name));
    return new Destroyed(one.name(), why);
  }

  @Override
  public Future<Void> hold(Meant snapshot, String tag) {
    gateway.asked.add("hold " + snapshot.name() + " " + tag);
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> release(Meant snapshot, String tag) {
    gateway.asked.add("release " + snapshot.name() + " " + tag);
    return Future.succeededFuture();
  }

  @Override
  public Future<VolumeInfo> clone(Meant snapshot, String name) {
    gateway.asked.add("clone " + snapshot.name() + " " + name);
    var info = new VolumeInfo(UUID.randomUUID(), name, SIZE, 0, FakeSubjects.NOW);
    gateway.volumes.put(
        name, new Subjects.Volume(info, "disk", "idle", List.of(), 0, Optional.empty()));
    return Future.succeededFuture(info);
  }

  @Override
  public Future<Void> rollback(Meant snapshot) {
    gateway.asked.add("rollback " + snapshot.name());
    return Future.succeededFuture();
  }

  /** Four extents, so that a page of three has another one behind it. */
  @Override
  public Future<Page> diff(Optional<Meant> from, Meant to, long offset, int extentsMax) {
    List<Extent> extents =
        List.of(
                new Extent(0, 4096, Extent.Kind.DATA),
                new Extent(8192, 4096, Extent.Kind.ZERO),
                new Extent(16384, 8192, Extent.Kind.DATA),
                new Extent(65536, 4096, Extent.Kind.HOLE))
            .stream()
            .filter(one -> one.endOffset() > offset)
            .toList();
    List<Extent> part = extents.stream().limit(extentsMax).toList();
    OptionalLong next =
        part.size() < extents.size()
            ? OptionalLong.of(part.getLast().endOffset())
            : OptionalLong.empty();
    return Future.succeededFuture(
        new Page(from.map(one -> guid(one.name())), guid(to.name()), part, next));
  }

  private UUID guid(SnapshotName name) {
    Shown one = all.get(name.toString());
    if (one == null) throw new GatewayError.NotFound("there is no snapshot " + name);
    return one.info().guid();
  }

  @Override
  public Future<List<Space>> space(String volume) {
    return list(volume)
        .map(its ->
            its.stream()
                .map(one ->
                    new Space(one.name(), new SnapshotSpace(one.info().guid(), 4096, 1 << 20)))
                .toList());
  }

  @Override
  public Future<UUID> verify(String volume) {
    gateway.asked.add("verify " + volume);
    return Future.succeededFuture(FakeSubjects.TASK);
  }

  @Override
  public Future<UUID> repair(String volume, boolean apply) {
    gateway.asked.add("repair %s %s".formatted(volume, apply));
    return Future.succeededFuture(FakeSubjects.TASK);
  }

  @Override
  public Future<Verified> repaired(String volume) {
    return verified(volume);
  }

  @Override
  public Future<Verified> verified(String volume) {
    return Future.succeededFuture(
        new Verified(
            FakeSubjects.TASK,
            FakeSubjects.NOW,
            Optional.of(FakeSubjects.NOW),
            true,
            findings.stream().anyMatch(one -> one.weight() == Finding.Weight.DAMAGE),
            findings,
            findings.size()));
  }
}
