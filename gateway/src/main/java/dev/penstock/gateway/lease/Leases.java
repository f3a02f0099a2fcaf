package dev.penstock.gateway.lease;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.gateway.state.StateFile;
import dev.penstock.gateway.state.StateMap;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.metrics.Metrics;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who needs which snapshot, and which ones are condemned: about to be destroyed. Of a lease and a
 * condemnation that are asked for at one time, exactly one is given.
 *
 * <pre>
 *   whoever needs one:   acquire ─► look whether it is still there ─► use ─► release
 *   whoever destroys:    condemn ─► destroy those that were condemned ─► forget
 * </pre>
 *
 * <p>Invariant: no snapshot is leased and condemned at once here, nor in the state as it is read at
 * the next start. What binds counts here from the moment that it is asked for, and until its end is
 * durable, or was refused by the state and comes with the end of the process anyway; the state
 * writes changes in the order in which they are decided here.
 *
 * <p><b>Restart.</b> Condemnations of the last process are revoked, and leases that ended with it
 * dropped, in the state before any lease is given. <b>Threads.</b> Any; nothing blocks. Whatever is
 * acknowledged is durable. <b>Errors</b> arrive in the futures.
 */
public final class Leases {
  /** A few for each volume of a large gateway; more is somebody who never releases. */
  public static final int LEASES_MAX = 10_000;

  private static final String LEASE = "lease.";
  private static final String CONDEMNED = "condemned.";
  private static final String EPOCH = "epoch";
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);
  private static final Logger log = LoggerFactory.getLogger(Leases.class);

  private final StateMap state;
  private final InstantSource clock;
  private final Map<UUID, Entry> leases = new LinkedHashMap<>();
  private final Set<UUID> condemned = new HashSet<>();
  private long epoch;

  /**
   * A lease here.
   *
   * @param idleSince when its owner let it out of his hands; empty while he has it
   */
  private record Entry(Lease lease, Optional<Instant> idleSince) {
    Optional<Instant> expiresAt() {
      return idleSince.flatMap(since -> lease.expiry().map(since::plus));
    }

    boolean isExpired(Instant now) {
      return expiresAt().filter(at -> !now.isBefore(at)).isPresent();
    }
  }

  /**
   * What is asked for.
   *
   * @param expiry see {@link Lease}
   */
  public record Wanted(
      UUID volume,
      UUID snapshot,
      String subject,
      String owner,
      Lease.Kind kind,
      Optional<Duration> expiry) {
    /** A lease that lasts until it is released. */
    public static Wanted toRead(UUID volume, UUID snapshot, String subject, String owner) {
      return new Wanted(volume, snapshot, subject, owner, Lease.Kind.READ, Optional.empty());
    }
  }

  /**
   * A lease as an operator sees it.
   *
   * @param inUse whether somebody works under it now
   * @param expiresAt when it ends of itself, if nobody takes it up before
   */
  public record Status(Lease lease, boolean inUse, Optional<Instant> expiresAt) {}

  /**
   * What became of a wish to destroy.
   *
   * @param guids that nobody needs, and that nobody can lease until they are forgotten
   * @param deferred who needs each of the others
   */
  public record Condemned(List<UUID> guids, Map<UUID, String> deferred) {
    public Condemned {
      guids = List.copyOf(guids);
      deferred = Map.copyOf(deferred);
    }
  }

  /** {@link GatewayError.Damaged} if the state has a lease that cannot be read. */
  public Leases(StateFile file, InstantSource clock) {
    this.state = file.map("leases");
    this.clock = clock;
    Map<String, Optional<String>> over = new HashMap<>();
    for (var stored : state.all().entrySet())
      if (isOver(stored.getKey(), stored.getValue())) over.put(stored.getKey(), Optional.empty());
    if (over.isEmpty()) return;
    // Before any lease: the state writes in order.
    state
        .change(over)
        .onSuccess(_ -> log.atInfo().addKeyValue("count", over.size()).log("old leases dropped"))
        .onFailure(Leases::unwritten);
  }

  /** Takes up what is not. */
  private boolean isOver(String key, String text) {
    if (key.startsWith(CONDEMNED)) return true;
    if (key.equals(EPOCH)) epoch = Long.parseLong(text);
    if (!key.startsWith(LEASE)) return false;
    Lease lease = LeaseText.read(key.substring(LEASE.length()), text);
    if (lease.kind().endsWithProcess()) return true;
    leases.put(lease.guid(), new Entry(lease, Optional.of(clock.instant())));
    return false;
  }

  public void show(Metrics metrics) {
    for (Lease.Kind kind : Lease.Kind.values())
      metrics.gauge(
          "leases",
          "Leases on snapshots",
          () -> list().stream().filter(one -> one.lease().kind() == kind).count(),
          "kind",
          LeaseText.word(kind));
    metrics.gauge(
        "lease_oldest_age_seconds", "How long the oldest lease is held", this::oldestSeconds);
    metrics.gauge("snapshots_condemned", "Snapshots about to be destroyed", this::condemnedCount);
  }

  /**
   * Gives a lease; one that the same owner let out of his hands for the same purpose is taken up
   * again. {@link GatewayError.Conflict} if the snapshot is condemned. Whether it is there at all
   * is for the caller to look, once he has the lease.
   */
  public Future<Lease> acquire(Wanted wanted) {
    Optional<Entry> idle;
    Entry given;
    Future<Void> durable;
    synchronized (this) {
      if (condemned.contains(wanted.snapshot()))
        return Future.failedFuture(
            new GatewayError.Conflict(wanted.subject() + " is being destroyed"));
      idle = idleOf(wanted);
      if (idle.isEmpty() && leases.size() >= LEASES_MAX)
        return Future.failedFuture(
            new GatewayError.Unavailable(
                Scope.RESOURCE,
                ASK_AGAIN,
                "there are %d leases; release some (penstock lease list)".formatted(LEASES_MAX)));
      given = new Entry(lease(wanted, idle.map(Entry::lease)), Optional.empty());
      leases.put(given.lease().guid(), given);
      durable =
          state.change(
              Map.of(
                  key(given.lease()),
                  Optional.of(LeaseText.write(given.lease())),
                  EPOCH,
                  Optional.of(Long.toString(epoch))));
    }
    return Caller.here()
        .answer(durable.map(_ -> given.lease()).onFailure(_ -> takeBack(given, idle)));
  }

  /** Harmless twice, and after somebody took the lease up again. */
  public Future<Void> release(Lease lease) {
    Entry entry;
    Future<Void> durable;
    synchronized (this) {
      entry = leases.get(lease.guid());
      if (entry == null || entry.lease().epoch() != lease.epoch()) return Future.succeededFuture();
      durable = state.change(Map.of(key(lease), Optional.empty()));
    }
    return Caller.here()
        .answer(
            durable
                .onSuccess(_ -> drop(entry))
                .onFailure(Leases::unwritten)
                .onFailure(_ -> letGo(entry)));
  }

  /**
   * Its end could not be written, and nobody works under it any more. One that ends with the
   * process protects nothing, and the next start drops it from the state; another stays, for its
   * owner or an operator to release again.
   */
  private void letGo(Entry entry) {
    if (entry.lease().kind().endsWithProcess()) drop(entry);
    else putDown(entry.lease());
  }

  /**
   * The owner lets go of what he works with, and means to take the lease up again: from now on it
   * expires, if it can.
   */
  public synchronized void putDown(Lease lease) {
    Entry entry = leases.get(lease.guid());
    if (entry != null && entry.lease().epoch() == lease.epoch() && entry.idleSince().isEmpty())
      leases.put(lease.guid(), new Entry(lease, Optional.of(clock.instant())));
  }

  /**
   * Ends a lease that nobody works under. {@link GatewayError.NotFound} if there is none, {@link
   * GatewayError.Conflict} that names who does.
   */
  public Future<Void> releaseIdle(UUID guid) {
    Lease lease;
    synchronized (this) {
      Entry entry = leases.get(guid);
      if (entry == null)
        return Future.failedFuture(new GatewayError.NotFound("there is no lease " + guid));
      lease = entry.lease();
      if (entry.idleSince().isEmpty())
        return Future.failedFuture(
            new GatewayError.Conflict(
                "lease %s on %s is in use by %s; stop that first"
                    .formatted(guid, lease.subject(), lease.holder())));
    }
    return release(lease);
  }

  /**
   * Condemns each snapshot that nobody has a lease on and that is not condemned already. Nobody can
   * lease it until {@link #forget}.
   */
  public Future<Condemned> condemn(Collection<UUID> snapshots) {
    Map<UUID, String> deferred = new HashMap<>();
    Set<UUID> now = new LinkedHashSet<>(snapshots);
    Map<String, Optional<String>> changes = new HashMap<>();
    List<Entry> expired;
    Future<Void> durable;
    synchronized (this) {
      deferred.putAll(holders(now));
      for (UUID guid : now) if (condemned.contains(guid)) deferred.put(guid, "another destroy");
      now.removeAll(deferred.keySet());
      expired = expiredOn(now);
      expired.forEach(entry -> changes.put(key(entry.lease()), Optional.empty()));
      condemned.addAll(now);
      String at = clock.instant().toString();
      now.forEach(guid -> changes.put(CONDEMNED + guid, Optional.of(at)));
      durable = changes.isEmpty() ? Future.succeededFuture() : state.change(changes);
    }
    var result = new Condemned(List.copyOf(now), deferred);
    return Caller.here()
        .answer(
            durable
                .map(_ -> result)
                .onSuccess(_ -> expired.forEach(this::drop))
                .onFailure(_ -> acquit(now)));
  }

  /**
   * Their destroy has ended, one way or the other: those that are still there can be leased, also
   * if this cannot be written, since the next start revokes every condemnation.
   */
  public Future<Void> forget(Collection<UUID> snapshots) {
    if (snapshots.isEmpty()) return Future.succeededFuture();
    Map<String, Optional<String>> changes = new HashMap<>();
    snapshots.forEach(guid -> changes.put(CONDEMNED + guid, Optional.empty()));
    Future<Void> durable;
    synchronized (this) {
      durable = state.change(changes);
    }
    return Caller.here()
        .answer(durable.onFailure(Leases::unwritten).onComplete(_ -> acquit(snapshots)));
  }

  /** The oldest first. */
  public synchronized List<Status> list() {
    Instant now = clock.instant();
    return leases.values().stream()
        .filter(entry -> !entry.isExpired(now))
        .map(entry -> new Status(entry.lease(), entry.idleSince().isEmpty(), entry.expiresAt()))
        .sorted(Comparator.comparing(status -> status.lease().acquiredAt()))
        .toList();
  }

  /** Who has leases, by snapshot: "module nbd (read), job offsite (anchor)". */
  public synchronized Map<UUID, String> holders() {
    return holders(
        leases.values().stream()
            .map(entry -> entry.lease().snapshot())
            .collect(Collectors.toSet()));
  }

  private Map<UUID, String> holders(Set<UUID> snapshots) {
    Instant now = clock.instant();
    return leases.values().stream()
        .filter(entry -> snapshots.contains(entry.lease().snapshot()) && !entry.isExpired(now))
        .map(Entry::lease)
        .collect(
            Collectors.groupingBy(
                Lease::snapshot, Collectors.mapping(Lease::holder, Collectors.joining(", "))));
  }

  private List<Entry> expiredOn(Set<UUID> snapshots) {
    Instant now = clock.instant();
    return leases.values().stream()
        .filter(entry -> snapshots.contains(entry.lease().snapshot()) && entry.isExpired(now))
        .toList();
  }

  private Optional<Entry> idleOf(Wanted wanted) {
    return leases.values().stream()
        .filter(entry -> entry.idleSince().isPresent())
        .filter(entry ->
            entry.lease().snapshot().equals(wanted.snapshot())
                && entry.lease().owner().equals(wanted.owner())
                && entry.lease().kind() == wanted.kind())
        .findFirst();
  }

  private Lease lease(Wanted wanted, Optional<Lease> before) {
    return new Lease(
        before.map(Lease::guid).orElseGet(UUID::randomUUID),
        wanted.volume(),
        wanted.snapshot(),
        wanted.subject(),
        wanted.owner(),
        wanted.kind(),
        ++epoch,
        before.map(Lease::acquiredAt).orElseGet(clock::instant),
        wanted.expiry());
  }

  /** Only this one: it may have been taken up again since. */
  private synchronized void drop(Entry entry) {
    leases.computeIfPresent(
        entry.lease().guid(),
        (_, now) -> now.lease().epoch() == entry.lease().epoch() ? null : now);
  }

  /** What could not be written was not given. */
  private synchronized void takeBack(Entry given, Optional<Entry> before) {
    drop(given);
    before.ifPresent(entry -> leases.putIfAbsent(entry.lease().guid(), entry));
  }

  private synchronized void acquit(Collection<UUID> snapshots) {
    condemned.removeAll(Set.copyOf(snapshots));
  }

  private static String key(Lease lease) {
    return LEASE + lease.guid();
  }

  private double oldestSeconds() {
    Instant now = clock.instant();
    return list().stream()
        .findFirst()
        .map(one -> Duration.between(one.lease().acquiredAt(), now).toMillis() / 1000.0)
        .orElse(0.0);
  }

  private synchronized int condemnedCount() {
    return condemned.size();
  }

  private static void unwritten(Throwable why) {
    log.atError().addKeyValue("reason", why.toString()).log("leases were not written");
  }
}
