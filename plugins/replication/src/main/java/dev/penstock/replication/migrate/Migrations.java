package dev.penstock.replication.migrate;

import dev.penstock.replication.config.PhaseLimits;
import dev.penstock.replication.peer.PeerLink;
import dev.penstock.replication.peer.RemoteHandoff;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.BlockTarget.Farewell;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The migrations of this gateway's volumes: one at a time for each.
 *
 * <p><b>Lifecycle.</b> {@link #start} takes up what an earlier process left to be settled; {@link
 * #close} aborts what can be aborted, and leaves the rest to the next process. <b>Threads.</b> Any.
 */
public final class Migrations {
  /** A piece may wait for bandwidth, and a peer may be away; then something else is wrong. */
  private static final Duration STALL = Duration.ofMinutes(15);

  /** How many that are over are remembered: the last one of each volume, the newest of these. */
  static final int OVER_MAX = 256;

  /** For a peer that answers, to confirm what was decided just before a stop. */
  private static final Duration STOP_GRACE = Duration.ofSeconds(1);

  static final String NAME = "migration";

  private final ModuleContext context;
  private final ToPeers toPeers;
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
   * @param way goes the way that clients of a volume will be led on by; waits
   */
  public Migrations(
      ModuleContext context,
      Function<String, PeerLink> links,
      Mirrors mirrors,
      BiConsumer<String, Gone> way) {
    this(
        context,
        links,
        mirrors,
        way,
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
      BiConsumer<String, Gone> way,
      Function<String, OtherSide> others) {
    this.context = context;
    this.toPeers = new ToPeers(context, links, way);
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

  /**
   * Who answers what other gateways say.
   *
   * @param arrived told of each volume that has become owned here by a hand-over, and in which
   *     epoch; its clients are about to be led on to here
   */
  public HandoffDesk desk(BiConsumer<String, Epoch> arrived) {
    return new HandoffDesk(context.handoffs(), context.snapshots(), fencing, arrived);
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
    return toPeers.looked(volume, to, wishes, settlement);
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

  /** What is known of who owns what, and what operators make of it. */
  public Records records() {
    return new Records(context, unsettled::look);
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
