package dev.penstock.replication.migrate;

import dev.penstock.replication.flow.Arrival;
import dev.penstock.replication.flow.Waiting;
import dev.penstock.replication.handoff.Destination;
import dev.penstock.replication.handoff.Telling;
import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.replication.site.Receiver;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.Snapshots.Receivable;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.SnapshotInfo;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * Takes what a peer sends for an offer of its own that was taken here, and nothing else. Whoever
 * receives for it looks at {@link #of} again when a snapshot becomes visible.
 *
 * <p><b>Threads.</b> Those of tasks; calls wait.
 */
public final class OfferedReceiver implements Receiver {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Receiver receiver;
  private final Handoffs handoffs;
  private final Receivable condition;
  private final UnaryOperator<String> inside;

  /**
   * @param receiver receives under the same condition
   * @param inside what a volume is called here
   */
  public OfferedReceiver(
      Receiver receiver, Handoffs handoffs, Receivable condition, UnaryOperator<String> inside) {
    this.receiver = receiver;
    this.handoffs = handoffs;
    this.condition = condition;
    this.inside = inside;
  }

  /**
   * That a volume is being received for this very offer of this peer.
   *
   * @param offer empty if the peer does not say which
   */
  public static Receivable of(String peer, Optional<Epoch> offer) {
    return now -> {
      boolean isMeant =
          offer.filter(epoch -> Destination.receives(now, epoch)).isPresent()
              && now.flatMap(Ownership::counterpart)
                  .filter(from -> from.peer().equals(peer))
                  .isPresent();
      if (!isMeant)
        throw new GatewayError.Conflict(
            "%s: nothing is received here for offer %s of %s"
                .formatted(
                    Telling.of(now), offer.map(Epoch::toString).orElse("(none was named)"), peer));
    };
  }

  private void require(String volume) throws InterruptedException {
    condition.require(
        Waiting.on(
            handoffs.find(inside.apply(volume)),
            LIMIT,
            Scope.RESOURCE,
            "the record of who owns %s".formatted(volume)));
  }

  @Override
  public Histories histories() throws InterruptedException {
    return receiver.histories();
  }

  @Override
  public Optional<VolumeHistory> history(String volume) throws InterruptedException {
    return receiver.history(volume);
  }

  @Override
  public boolean consentsToRollBack() throws InterruptedException {
    return receiver.consentsToRollBack();
  }

  @Override
  public Set<UUID> letsGo(String volume, List<SnapshotInfo> planned) throws InterruptedException {
    return receiver.letsGo(volume, planned);
  }

  @Override
  public void prepare(String volume, Preparation what) throws InterruptedException {
    require(volume);
    receiver.prepare(volume, what);
  }

  @Override
  public void anchor(String volume, String snapshot, UUID guid) throws InterruptedException {
    require(volume);
    receiver.anchor(volume, snapshot, guid);
  }

  @Override
  public Arrival receive(String volume, StreamHeader header) throws InterruptedException {
    require(volume); // at once, before anything is opened for it
    return receiver.receive(volume, header);
  }
}
