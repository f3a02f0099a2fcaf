package dev.penstock.replication.site;

import dev.penstock.replication.flow.Arrival;
import dev.penstock.replication.flow.IncomingStream;
import dev.penstock.replication.flow.Waiting;
import dev.penstock.replication.plan.KeptAside;
import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.replication.plan.Version;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.retention.Retention;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.SnapshotReceiving;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.Snapshots.Receivable;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.RecordCompression;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeName;
import dev.penstock.spi.volume.VolumePatterns;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Copies in this gateway: below a root, which is how their names begin. */
public final class LocalReceiver implements Receiver {
  private final Snapshots snapshots;
  private final Retention retention;
  private final Place place;
  private final List<RecordCompression> compressions;
  private final SiteLimits limits;
  private final InstantSource clock;
  private final Optional<Receivable> condition;

  /**
   * Where copies are.
   *
   * @param below what their names begin with
   * @param home what the sender's names begin with for volumes that were here first, and come back:
   *     they are what they are called without it; empty if none do
   * @param store where new ones are made
   * @param volumes which ones may come, by the sender's names
   * @param mayRollBack whether a copy may be brought back to an older snapshot
   */
  public record Place(
      String below,
      Optional<String> home,
      String store,
      VolumePatterns volumes,
      boolean mayRollBack) {

    /** What the copy of a volume is called here. */
    String inside(String volume) {
      return home.filter(volume::startsWith)
          .map(prefix -> volume.substring(prefix.length()))
          .orElseGet(() -> below + volume);
    }

    /**
     * As {@link #inside}.
     *
     * @throws GatewayError.Denied if it is none that may come
     */
    public String received(String volume) {
      if (!volumes.mean(volume))
        throw new GatewayError.Denied(
            "volume %s is none of those that may be received here".formatted(volume));
      return VolumeName.require(inside(volume));
    }

    /** What the sender calls the volume whose copy this would be; empty if it is no copy. */
    Optional<String> outside(String name, boolean replica) {
      Optional<String> called =
          name.startsWith(below)
              ? Optional.of(name.substring(below.length()))
              : home.filter(_ -> replica).map(prefix -> prefix + name);
      return called.filter(volumes::mean);
    }
  }

  public LocalReceiver(
      Snapshots snapshots,
      Retention retention,
      Place place,
      List<RecordCompression> compressions,
      SiteLimits limits,
      InstantSource clock) {
    this(snapshots, retention, place, compressions, limits, clock, Optional.empty());
  }

  /**
   * @param condition under which anything is received; empty for none
   */
  public LocalReceiver(
      Snapshots snapshots,
      Retention retention,
      Place place,
      List<RecordCompression> compressions,
      SiteLimits limits,
      InstantSource clock,
      Optional<Receivable> condition) {
    this.condition = condition;
    this.snapshots = snapshots;
    this.retention = retention;
    this.place = place;
    this.compressions = List.copyOf(compressions);
    this.limits = limits;
    this.clock = clock;
  }

  @Override
  public Histories histories() throws InterruptedException {
    Histories all = answer(snapshots.histories(), "the list of volumes here");
    return new Histories(
        all.volumes().stream().flatMap(one -> copy(one).stream()).toList(), all.unanswered());
  }

  @Override
  public Optional<VolumeHistory> history(String volume) throws InterruptedException {
    try {
      VolumeHistory found =
          answer(snapshots.history(inside(volume)), "what there is of volume " + volume);
      return Optional.of(named(found, volume)).filter(this::isHere);
    } catch (GatewayError.NotFound _) {
      return Optional.empty();
    }
  }

  /** What has come of a volume that is not there yet goes on only in the store where it is. */
  private boolean isHere(VolumeHistory history) {
    return history.volume().isPresent() || history.store().equals(place.store());
  }

  private Optional<VolumeHistory> copy(VolumeHistory history) {
    if (!isHere(history)) return Optional.empty();
    boolean replica = history.volume().map(VolumeInfo::replica).orElse(true);
    return place.outside(history.name(), replica).map(name -> named(history, name));
  }

  /** By the sender's name. */
  private static VolumeHistory named(VolumeHistory history, String name) {
    return new VolumeHistory(
        name, history.volume(), history.store(), history.snapshots(), history.partial());
  }

  private String inside(String volume) {
    return place.received(volume);
  }

  @Override
  public boolean consentsToRollBack() {
    return place.mayRollBack();
  }

  @Override
  public Set<UUID> letsGo(String volume, List<SnapshotInfo> planned) throws InterruptedException {
    return answer(retention.letsGo(inside(volume), planned), "what is kept of volume " + volume);
  }

  @Override
  public void prepare(String volume, Preparation what) throws InterruptedException {
    String copy = inside(volume);
    switch (what) {
      case Preparation.DiscardPartial _ ->
          answer(snapshots.discardPartial(copy), "what has come of " + volume);
      case Preparation.KeepAside(Version newest) -> {
        requireConsent(volume);
        requireReplica(copy);
        keepAside(copy, meant(copy, newest));
      }
      case Preparation.RollBack(Version to, List<Version> destroyed) -> {
        requireConsent(volume);
        List<Meant> later = destroyed.stream().map(one -> meant(copy, one)).toList();
        bringBack(copy, meant(copy, to), later);
      }
    }
  }

  private void requireConsent(String volume) {
    if (!place.mayRollBack())
      throw new GatewayError.Denied(
          "the copy of %s may not be brought back to an older snapshot: may_roll_back is not set here"
              .formatted(volume));
  }

  /** Nothing is cloned of what will be refused. */
  private void requireReplica(String copy) throws InterruptedException {
    VolumeHistory history = answer(snapshots.history(copy), "what there is of volume " + copy);
    history.volume().ifPresent(VolumeInfo::requireReplica);
  }

  /**
   * What the copy is now becomes a volume of its own: also what was written since {@code newest}.
   */
  private void keepAside(String copy, Meant newest) throws InterruptedException {
    if (!isChanged(copy)) {
      keep(copy, newest);
      return;
    }
    var changes = new SnapshotName(copy, "diverged-" + clock.millis());
    UUID taken =
        answer(snapshots.take(List.of(changes), limits.asking()), "a snapshot of " + copy)
            .getFirst()
            .guid();
    var meant = Meant.seen(changes, taken);
    keep(copy, meant);
    for (Fate fate : answer(snapshots.destroy(List.of(meant)), "a snapshot of " + copy))
      if (fate instanceof Fate.Failed failed) throw failed.why();
  }

  /** An earlier try to bring the copy back may have come as far as this. */
  private void keep(String copy, Meant snapshot) throws InterruptedException {
    String kept = KeptAside.name(copy, snapshot.guid().orElseThrow());
    boolean isKept =
        answer(snapshots.histories(), "the list of volumes here").volumes().stream()
            .anyMatch(one -> one.name().equals(kept));
    if (!isKept) answer(snapshots.clone(snapshot, kept), "a clone of " + copy);
  }

  private boolean isChanged(String copy) throws InterruptedException {
    return answer(snapshots.isChanged(copy), "whether volume %s was written".formatted(copy));
  }

  private void bringBack(String copy, Meant to, List<Meant> later) throws InterruptedException {
    answer(snapshots.bringBack(to, later, IncomingStream.ANCHOR), "volume " + copy);
  }

  private static Meant meant(String copy, Version version) {
    return Meant.seen(new SnapshotName(copy, version.name()), version.guid());
  }

  @Override
  public void anchor(String volume, String snapshot, UUID guid) throws InterruptedException {
    var meant = Meant.seen(new SnapshotName(inside(volume), snapshot), guid);
    answer(snapshots.anchor(meant, IncomingStream.ANCHOR), "the anchor of " + volume);
  }

  @Override
  public Arrival receive(String volume, StreamHeader header) throws InterruptedException {
    String copy = inside(volume);
    if (place.mayRollBack() && header.from().isPresent()) keepChanges(copy, header.from().get());
    var receiving =
        Waiting.on(
            begun(copy, header),
            limits.asking(),
            Scope.RESOURCE,
            "volume %s, to receive it".formatted(volume),
            SnapshotReceiving::close);
    var stream =
        new IncomingStream(receiving, header, compressions, limits.piece(), limits.finishing());
    return new Arrival() {
      @Override
      public void take(ByteBuffer bytes) throws InterruptedException {
        stream.take(bytes);
      }

      @Override
      public long position() {
        return stream.position();
      }

      @Override
      public void complete() throws InterruptedException {
        stream.complete();
        requireNewest(volume, header.to());
      }

      @Override
      public void close() {
        stream.close();
      }
    };
  }

  private Future<SnapshotReceiving> begun(String copy, StreamHeader header) {
    return condition
        .map(its -> snapshots.receive(copy, place.store(), header, its))
        .orElseGet(() -> snapshots.receive(copy, place.store(), header));
  }

  /**
   * A volume that was written here before it became a copy is brought back to its newest snapshot;
   * what would be lost by that stays, as a volume of its own.
   */
  private void keepChanges(String copy, UUID newest) throws InterruptedException {
    VolumeHistory history = answer(snapshots.history(copy), "what there is of volume " + copy);
    boolean replica = history.volume().map(VolumeInfo::replica).orElse(false);
    List<SnapshotInfo> all = history.snapshots();
    if (!replica || all.isEmpty() || !all.getLast().guid().equals(newest)) return;
    if (!isChanged(copy)) return;
    var base = Meant.seen(new SnapshotName(copy, all.getLast().name()), newest);
    keepAside(copy, base);
    bringBack(copy, base, List.of());
  }

  /** A store that gives what it received another guid would break every step that follows. */
  private void requireNewest(String volume, UUID wanted) throws InterruptedException {
    boolean there =
        history(volume)
            .filter(copy -> !copy.snapshots().isEmpty())
            .filter(copy -> copy.snapshots().getLast().guid().equals(wanted))
            .isPresent();
    if (!there)
      throw new GatewayError.Failed(
          Scope.RESOURCE,
          "snapshot %s of %s was received, and is not the newest of its copy"
              .formatted(wanted, volume));
  }

  private <T> T answer(Future<T> coming, String what) throws InterruptedException {
    return Waiting.on(coming, limits.asking(), Scope.RESOURCE, what);
  }
}
