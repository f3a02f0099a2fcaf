package dev.penstock.replication.site;

import dev.penstock.replication.flow.Bytes;
import dev.penstock.replication.flow.OutgoingStream;
import dev.penstock.replication.flow.Waiting;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.Need;
import dev.penstock.spi.snapshot.SnapshotSending;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.RecordCompression;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.VolumePatterns;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Volumes of this gateway, as one job sends them. */
public final class LocalSender implements Sender {
  private final Snapshots snapshots;
  private final Terms terms;
  private final SiteLimits limits;

  /**
   * Under what it is sent.
   *
   * @param volumes which ones may be sent
   * @param purpose what a plan's needs are called: "job offsite"
   * @param live whether the plan is made and carried out in this process
   * @param expiry how long what a plan needs is kept after somebody last asked for it
   * @param anchor the tag of the snapshot that the receiver has
   * @param admission is asked before anything is kept from being destroyed
   */
  public record Terms(
      VolumePatterns volumes,
      String purpose,
      boolean live,
      Duration expiry,
      String anchor,
      Optional<RecordCompression> compression,
      Admission admission) {}

  /** Whether a job may have something kept. */
  public interface Admission {
    Admission ALWAYS = () -> {};

    /** {@link GatewayError.Denied} if not. Waits. */
    void require() throws InterruptedException;
  }

  public LocalSender(Snapshots snapshots, Terms terms, SiteLimits limits) {
    this.snapshots = snapshots;
    this.terms = terms;
    this.limits = limits;
  }

  @Override
  public Histories histories() throws InterruptedException {
    Histories all = answer(snapshots.histories(), "the list of volumes here");
    return new Histories(all.volumes().stream().filter(this::isSent).toList(), all.unanswered());
  }

  /** One whose first snapshot is being received has nothing to send yet. */
  private boolean isSent(VolumeHistory history) {
    return history.volume().isPresent() && terms.volumes().mean(history.name());
  }

  @Override
  public VolumeHistory history(String volume) throws InterruptedException {
    requireMeant(volume);
    VolumeHistory found = answer(snapshots.history(volume), "what there is of volume " + volume);
    if (!isSent(found)) throw new GatewayError.NotFound("there is no volume " + volume);
    return found;
  }

  private void requireMeant(String volume) {
    if (!terms.volumes().mean(volume))
      throw new GatewayError.NotFound(
          "there is no volume %s among those that may be sent".formatted(volume));
  }

  @Override
  public void need(String volume, Set<UUID> needed) throws InterruptedException {
    requireMeant(volume);
    if (!needed.isEmpty()) terms.admission().require();
    var need = new Need(volume, terms.purpose(), terms.live(), terms.expiry());
    answer(snapshots.need(need, needed), "a lease on snapshots of " + volume);
  }

  @Override
  public String anchorTag() {
    return terms.anchor();
  }

  @Override
  public void anchor(String volume, String snapshot, UUID guid) throws InterruptedException {
    requireMeant(volume);
    terms.admission().require();
    answer(
        snapshots.anchor(Meant.seen(new SnapshotName(volume, snapshot), guid), terms.anchor()),
        "the anchor of " + volume);
  }

  @Override
  public Bytes open(String volume, StreamHeader header) throws InterruptedException {
    VolumeHistory history = history(volume);
    Optional<Meant> from =
        header.from().isEmpty()
            ? Optional.empty()
            : Optional.of(named(history, header.from().get()));
    SnapshotSending sending =
        Waiting.on(
            snapshots.send(terms.purpose(), from, named(history, header.to()), header.offset()),
            limits.asking(),
            Scope.RESOURCE,
            "snapshot %s of %s".formatted(header.name(), volume),
            SnapshotSending::close);
    return new OutgoingStream(sending, terms.compression(), limits.piece());
  }

  private static Meant named(VolumeHistory history, UUID guid) {
    SnapshotInfo info =
        history.snapshots().stream()
            .filter(one -> one.guid().equals(guid))
            .findFirst()
            .orElseThrow(() ->
                new GatewayError.NotFound(
                    "volume %s has no snapshot %s any more".formatted(history.name(), guid)));
    return Meant.seen(new SnapshotName(history.name(), info.name()), guid);
  }

  private <T> T answer(Future<T> coming, String what) throws InterruptedException {
    return Waiting.on(coming, limits.asking(), Scope.RESOURCE, what);
  }
}
