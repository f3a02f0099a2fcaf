package dev.penstock.replication.migrate;

import dev.penstock.replication.config.PhaseLimits;
import dev.penstock.replication.handoff.Source;
import dev.penstock.replication.peer.PeerClient;
import dev.penstock.replication.peer.PeerLink;
import dev.penstock.replication.peer.RemoteHandoff;
import dev.penstock.replication.peer.RemoteReceiver;
import dev.penstock.replication.site.LocalSender;
import dev.penstock.replication.site.SiteLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.RecordCompression;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumePatterns;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Ways to gateways, by the peer's name. <b>Threads.</b> {@link #looked} waits, on the one of a
 * task.
 */
final class ToPeers {
  /** What an aborted migration has brought is a base for the next one. */
  private static final Duration LEASE_EXPIRY = Duration.ofDays(7);

  private final ModuleContext context;
  private final Function<String, PeerLink> links;
  private final BiConsumer<String, Gone> way;

  /**
   * @param way goes the way that clients of a volume will be led on by; waits
   */
  ToPeers(ModuleContext context, Function<String, PeerLink> links, BiConsumer<String, Gone> way) {
    this.context = context;
    this.links = links;
    this.way = way;
  }

  /** What can be refused is refused before anything is done. */
  Migration looked(String volume, String peer, Wishes wishes, Settlement settlement)
      throws InterruptedException {
    Duration limit = PhaseLimits.DEFAULTS.planning();
    Source.offer(
        Settlement.answer(context.handoffs().find(volume), limit, volume),
        UUID.randomUUID(),
        new Counterpart(peer, volume));
    PeerClient client = client(peer, limit);
    PeerClient.Hello hello = client.hello();
    if (!hello.mayMigrate())
      throw new GatewayError.Denied(
          "peer %s takes over no volumes from %s: give it migrate there"
              .formatted(peer, hello.us()));
    VolumeHistory history = Settlement.answer(context.snapshots().history(volume), limit, volume);
    List<SnapshotInfo> own =
        history.snapshots().stream()
            .filter(one -> !one.name().startsWith(MigrationSnapshots.PREFIX))
            .toList();
    if (wishes.unlink() && !wishes.snapshots() && !own.isEmpty())
      throw new GatewayError.Invalid(
          "volume %s has %d snapshots, which would be lost with the copy here: send them as well (--snapshots), or keep the copy (--keep)"
              .formatted(volume, own.size()));
    Optional<RecordCompression> compression =
        context.compressions().stream()
            .filter(one -> hello.compressions().contains(one.id()))
            .findFirst();
    var offer = new AtomicReference<Optional<Epoch>>(Optional.empty());
    return new Migration(
        context,
        volume,
        new Counterpart(peer, volume),
        wishes,
        offer,
        limits -> ends(volume, peer, compression, offer::get, limits),
        settlement,
        gone -> way.accept(volume, gone));
  }

  private Ends ends(
      String volume,
      String peer,
      Optional<RecordCompression> compression,
      Supplier<Optional<Epoch>> offer,
      SiteLimits limits) {
    var terms =
        new LocalSender.Terms(
            VolumePatterns.only(volume),
            "migration of " + volume,
            true,
            LEASE_EXPIRY,
            MigrationSnapshots.ANCHOR,
            compression,
            LocalSender.Admission.ALWAYS);
    PeerClient client = client(peer, limits.asking());
    return new Ends(
        new LocalSender(context.snapshots(), terms, limits),
        RemoteReceiver.ofMigration(client, limits, offer),
        new RemoteHandoff(client)::say);
  }

  private PeerClient client(String peer, Duration limit) {
    return links.apply(peer).client(Migrations.NAME, limit);
  }
}
