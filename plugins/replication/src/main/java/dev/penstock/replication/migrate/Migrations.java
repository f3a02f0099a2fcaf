package dev.penstock.replication.migrate;

import dev.penstock.replication.config.PhaseLimits;
import dev.penstock.replication.handoff.Claims;
import dev.penstock.replication.handoff.Destination;
import dev.penstock.replication.handoff.Source;
import dev.penstock.replication.peer.PeerClient;
import dev.penstock.replication.peer.PeerLink;
import dev.penstock.replication.peer.RemoteHandoff;
import dev.penstock.replication.peer.RemoteReceiver;
import dev.penstock.replication.site.LocalSender;
import dev.penstock.replication.site.SiteLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.BlockTarget.Farewell;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.RecordCompression;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumePatterns;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The migrations of this gateway's volumes: one at a time for each.
 *
 * <p><b>Lifecycle.</b> {@link #start} takes up what an earlier process left to be settled; {@link
 * #close} aborts what can be aborted, and leaves the rest to the next process. <b>Threads.</b> Any.
 */
public final class Migrations {
  /** A piece may wait for bandwidth, and a peer may be away; then something else is wrong. */
  private static final Duration STALL = Duration.ofMinutes(15);

  /** What an aborted migration has brought is a base for the next one. */
  private static final Duration LEASE_EXPIRY = Duration.ofDays(7);

  /** How many that are over are remembered: the last one of each volume, the newest of these. */
  static final int OVER_MAX = 256;

  /** For a peer that answers, to confirm what was decided just before a stop. */
  private static final Duration STOP_GRACE = Duration.ofSeconds(1);

  private static final String NAME = "migration";

  private final ModuleContext context;
  private final Function<String, PeerLink> links;
  private final Fencing fencing;
  private final Mirrors mirrors;
  private final Settlement settlement;
  private final Unsettled unsettled;
  private final MigrationMeters meters;
  private final Map<String, Running> running = new ConcurrentHashMap<>();

  /** Looked at, and not running yet: nobody else connects anywhere for these. */
  private final Set<String> beginning = ConcurrentHashMap.newKeySet();

  private volatile boolean closed;

  private record Running(Move migration, Future<Void> ended) {}

  /**
   * @param links by the peer's name
   */
  public Migrations(ModuleContext context, Function<String, PeerLink> links, Mirrors mirrors) {
    this(
        context,
        links,
        mirrors,
        peer ->
            new RemoteHandoff(links.apply(peer).client(NAME, PhaseLimits.DEFAULTS.planning()))
                ::say);
  }

  /**
   * @param others whom records are settled with, by the peer's name
   */
  Migrations(
      ModuleContext context,
      Function<String, PeerLink> links,
      Mirrors mirrors,
      Function<String, OtherSide> others) {
    this.context = context;
    this.links = links;
    this.mirrors = mirrors;
    this.fencing = new Fencing(context);
    this.settlement =
        new Settlement(
            context.handoffs(), fencing, new OfferedTo(context.state())::isNoted, others);
    this.unsettled = new Unsettled(context, settlement, this::isRunning, this::looked);
    this.meters = new MigrationMeters(context, this::underWay, this::leftBytes);
  }

  Settlement settlement() {
    return settlement;
  }

  /** Who answers what other gateways say. */
  public HandoffDesk desk() {
    return new HandoffDesk(context.handoffs(), context.snapshots(), fencing);
  }

  private PeerClient client(String peer, Duration limit) {
    return links.apply(peer).client(NAME, limit);
  }

  /** Takes up what has to be settled. */
  public void start() {
    unsettled.start();
  }

  private boolean isRunning(String volume) {
    return Optional.ofNullable(running.get(volume))
        .filter(one -> !one.ended().isComplete())
        .isPresent();
  }

  /**
   * Begins to move a volume.
   *
   * @param to the name of a peer, or the URI of something that is no gateway
   * @param bindTo the address of this machine to connect from, to what is no gateway
   * @return completes when it runs; fails with {@link GatewayError.Conflict} if it does already
   */
  public Future<Void> begin(String volume, String to, Optional<String> bindTo, Wishes wishes) {
    if (closed) return Future.failedFuture(stopping());
    if (isRunning(volume) || !beginning.add(volume))
      return Future.failedFuture(
          new GatewayError.Conflict("volume %s is being moved already".formatted(volume)));
    return context
        .tasks()
        .<Move>brief(
            "look before " + volume + " is moved to " + to,
            PhaseLimits.DEFAULTS.planning(),
            () -> looked(volume, to, bindTo, wishes))
        .compose(move -> run(move).onFailure(_ -> move.discard()))
        .onComplete(_ -> beginning.remove(volume));
  }

  private Move looked(String volume, String to, Optional<String> bindTo, Wishes wishes)
      throws InterruptedException {
    if (Mirrors.isUri(to)) return mirrors.looked(volume, to, bindTo, wishes, settlement);
    if (bindTo.isPresent())
      throw new GatewayError.Invalid(
          "bind is for what is no gateway: how peer %s is reached stands in the settings"
              .formatted(to));
    return looked(volume, to, wishes);
  }

  /** What can be refused is refused before anything is done. */
  private Migration looked(String volume, String peer, Wishes wishes) throws InterruptedException {
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
        settlement);
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

  /** See {@link #begin}. */
  Future<Void> run(Move migration) {
    String volume = migration.volume();
    synchronized (this) {
      if (closed) return Future.failedFuture(stopping());
      Running before = running.get(volume);
      if (before != null && !before.ended().isComplete())
        return Future.failedFuture(
            new GatewayError.Conflict(
                "volume %s is on its way to %s already"
                    .formatted(volume, before.migration().to())));
      Promise<Void> ended = Promise.promise();
      // Before it begins: an offer of a migration that nobody knows is taken back.
      running.put(volume, new Running(migration, ended.future()));
      forgetOld();
      context
          .tasks()
          .run(
              "migrate %s to %s".formatted(volume, migration.to().peer()), 0, STALL, migration::run)
          .<Void>mapEmpty()
          .onComplete(ended);
      ended
          .future()
          .onComplete(_ -> {
            meters.ended(migration);
            unsettled.look();
          });
    }
    return Future.succeededFuture();
  }

  private double leftBytes() {
    return running.values().stream().mapToLong(one -> one.migration().seen().leftBytes()).sum();
  }

  private long underWay() {
    return running.values().stream().filter(one -> !one.ended().isComplete()).count();
  }

  private void forgetOld() {
    List<Running> over =
        running.values().stream()
            .filter(one -> one.ended().isComplete() && !one.migration().isLeft())
            .sorted(Comparator.comparing(one -> one.migration().seen().since()))
            .toList();
    over.stream()
        .limit(Math.max(0, over.size() - OVER_MAX))
        .forEach(one -> running.remove(one.migration().volume(), one));
  }

  /** What was left has come to its end, whoever brought it there. */
  private void looked(Map<String, Ownership> records) {
    records.forEach((volume, record) -> {
      Running one = running.get(volume);
      if (one == null || !one.ended().isComplete() || !one.migration().isLeft()) return;
      if (record.phase() instanceof Ownership.Handed || settlement.isOpen(volume, record)) return;
      one.migration().settled();
    });
  }

  private static GatewayError stopping() {
    return new GatewayError.Conflict("the gateway is stopping: no migration begins any more");
  }

  /** Those that run, and the last one of each volume since the module started. */
  public List<Seen> all() {
    List<Seen> all = new ArrayList<>();
    running.values().forEach(one -> all.add(seen(one)));
    return all;
  }

  public Seen require(String volume) {
    return seen(of(volume));
  }

  private Running of(String volume) {
    Running found = running.get(volume);
    if (found == null)
      throw new GatewayError.NotFound("no migration of %s was started here".formatted(volume));
    return found;
  }

  private static Seen seen(Running one) {
    return new Seen(
        one.migration().volume(),
        one.migration().to(),
        one.migration().wishes(),
        one.migration().bandwidth().bytesPerSecond(),
        one.migration().seen(),
        one.migration().farewell(),
        one.ended().isComplete(),
        one.ended().failed() && one.migration().seen().phase() != Progress.Phase.DONE
            ? Optional.of(String.valueOf(one.ended().cause().getMessage()))
            : Optional.empty());
  }

  /** One of them, as it is now. */
  public record Seen(
      String volume,
      Counterpart to,
      Wishes wishes,
      long limitBytesPerSecond,
      Progress.Seen progress,
      Optional<Farewell> farewell,
      boolean ended,
      Optional<String> failure) {}

  /** See {@link Migration#abort}. */
  public Future<Void> abort(String volume) {
    return underWay(volume)
        .compose(found -> found.migration().abort().compose(_ -> found.ended().otherwiseEmpty()));
  }

  public Future<Void> confirm(String volume) {
    return underWay(volume)
        .map(found -> {
          found.migration().confirm();
          return null;
        });
  }

  /** From now on; 0 for no limit. */
  public Future<Void> limit(String volume, long bytesPerSecond) {
    return underWay(volume)
        .map(found -> {
          found.migration().bandwidth().change(bytesPerSecond);
          return null;
        });
  }

  private Future<Running> underWay(String volume) {
    Running found = of(volume);
    return found.ended().isComplete()
        ? Future.failedFuture(
            new GatewayError.Conflict("the migration of %s is over".formatted(volume)))
        : Future.succeededFuture(found);
  }

  /** Every record, of volumes that are gone as well. */
  public Future<Map<String, Ownership>> records() {
    return context.handoffs().recorded();
  }

  /**
   * Snapshots of what was written here while it was owned elsewhere, by volume, as they are held.
   */
  public Future<Map<String, List<String>>> orphans() {
    return context
        .snapshots()
        .histories()
        .map(all -> {
          Map<String, List<String>> orphans = new TreeMap<>();
          for (VolumeHistory history : all.volumes()) {
            List<String> its =
                history.snapshots().stream()
                    .filter(one -> one.holds().contains(Handoffs.ORPHAN))
                    .map(SnapshotInfo::name)
                    .toList();
            if (!its.isEmpty()) orphans.put(history.name(), its);
          }
          return orphans;
        });
  }

  /** Takes what is complete here without its source's word, or back from what is no gateway. */
  public Future<Ownership> force(String volume) {
    return context
        .handoffs()
        .find(volume)
        .compose(known -> Claims.isAway(known) ? takenBack(volume) : forced(volume));
  }

  private Future<Ownership> takenBack(String volume) {
    return context
        .snapshots()
        .history(volume)
        .compose(history -> {
          if (history.volume().isEmpty())
            throw new GatewayError.Conflict("the copy of %s here is gone".formatted(volume));
          return change(volume, now -> Claims.takeBack(now, UUID.randomUUID()));
        });
  }

  private Future<Ownership> forced(String volume) {
    return change(
        volume,
        now -> {
          Ownership taken = Claims.force(now);
          boolean hears = Claims.tells(taken).filter(Counterpart::isGateway).isPresent();
          return hears ? taken : Claims.settle(taken);
        });
  }

  /** The gateway that a volume was taken from by force is lost for good, and is told no more. */
  public Future<Ownership> settle(String volume) {
    return change(volume, now -> Claims.settle(now.orElseThrow()));
  }

  /** Of two owners of one epoch it is this one. */
  public Future<Ownership> resolve(String volume) {
    return change(volume, now -> Claims.choose(now, UUID.randomUUID()));
  }

  /** Gives up what is on its way here. */
  public Future<Ownership> cancel(String volume) {
    return change(volume, Destination::cancel);
  }

  private Future<Ownership> change(String volume, Handoffs.Step step) {
    return context
        .handoffs()
        .find(volume)
        .compose(known -> {
          if (known.isEmpty())
            throw new GatewayError.NotFound("there is no volume %s".formatted(volume));
          return context.handoffs().change(volume, "", step);
        })
        .onSuccess(_ -> unsettled.look());
  }

  /**
   * No migration begins any more. Those that are not decided are called off, durably; those that
   * are have a moment to be confirmed.
   *
   * @return completes when all have ended. Does not fail
   */
  public Future<Left> close() {
    List<Running> ending = new ArrayList<>();
    synchronized (this) {
      closed = true;
      for (Running one : running.values()) if (!one.ended().isComplete()) ending.add(one);
    }
    unsettled.close();
    ending.forEach(one -> one.migration().leave());
    long timer =
        context
            .vertx()
            .setTimer(
                STOP_GRACE.toMillis(), _ -> ending.forEach(one -> one.migration().interrupt()));
    return Future.join(ending.stream().map(Running::ended).toList())
        .onComplete(_ -> context.vertx().cancelTimer(timer))
        .otherwiseEmpty()
        .compose(_ -> context.handoffs().recorded())
        .map(records -> new Left(brokenOff(ending), unconfirmed(records)));
  }

  /**
   * What a stop has left, by volume, and where it was on its way to.
   *
   * @param brokenOff it is owned here as before
   * @param unconfirmed it was decided, and the other side has not said that it knows
   */
  public record Left(Map<String, Counterpart> brokenOff, Map<String, Counterpart> unconfirmed) {
    public static final Left NOTHING = new Left(Map.of(), Map.of());
  }

  private static Map<String, Counterpart> brokenOff(List<Running> ended) {
    Map<String, Counterpart> none = new TreeMap<>();
    for (Running one : ended)
      if (one.migration().seen().phase() == Progress.Phase.ABORTED)
        none.put(one.migration().volume(), one.migration().to());
    return none;
  }

  private static Map<String, Counterpart> unconfirmed(Map<String, Ownership> records) {
    Map<String, Counterpart> open = new TreeMap<>();
    records.forEach((volume, record) -> {
      if (record.phase() instanceof Ownership.Handed(var _, Counterpart to) && to.isGateway())
        open.put(volume, to);
    });
    return open;
  }
}
