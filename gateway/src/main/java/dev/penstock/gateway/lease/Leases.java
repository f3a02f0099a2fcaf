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
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who needs which snapshot, and which ones are condemned: about to be destroyed. Of a lease and a
 * condemnation that are asked for at one time, exactly one is given.
 *
 * <pre>
 *   whoever needs one:   acquire, need ─► look whether it is still there ─► use ─► release
 *   whoever destroys:    condemn ─► destroy those that were condemned ─► forget
 * </pre>
 *
 * <p>Invariant: no snapshot is leased and condemned at once here, nor in the state as it is read at
 * the next start. The one exception is what is being sent while a store has little room: it is
 * condemned first, so that nobody begins anything with it any more, and destroyed only once what
 * was under way is broken off and its lease released ({@link #condemnNeeded}). What binds counts
 * here from the moment that it is asked for, and until its end is durable; the state writes changes
 * in the order in which they are decided here.
 *
 * <p><b>Restart.</b> Condemnations of the last process are revoked in the state before any lease is
 * given. <b>Threads.</b> Any; nothing blocks. What plans need and what is condemned is durable once
 * it is acknowledged; what is open ends with the process, and is not written. <b>Errors</b> arrive
 * in the futures.
 */
public final class Leases {
  /** A few for each volume of a large gateway; more is somebody who never releases. */
  public static final int LEASES_MAX = 100_000;

  /** From so many on, those that have expired are looked for. */
  private static final int SWEPT_FROM = LEASES_MAX / 2;

  private static final String LEASE = "lease.";
  private static final String CONDEMNED = "condemned.";
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);
  private static final Logger log = LoggerFactory.getLogger(Leases.class);

  private final StateMap state;
  private final InstantSource clock;
  private final LeaseBook book = new LeaseBook();
  private final Set<UUID> condemned = new HashSet<>();

  /**
   * Who plans with the snapshots of a volume.
   *
   * @param owner who, and what for
   */
  public record Party(UUID volume, String owner) {
    static Party of(Lease lease) {
      return new Party(lease.volume(), lease.owner());
    }
  }

  /**
   * How long what is needed stays so.
   *
   * @param inUse whether work is under way that needs it: then it does not expire
   */
  public record Term(boolean inUse, Duration expiry) {}

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
    state
        .all()
        .forEach((key, text) -> {
          if (key.startsWith(CONDEMNED)) over.put(key, Optional.empty());
          if (!key.startsWith(LEASE)) return;
          Lease lease = LeaseText.read(key.substring(LEASE.length()), text);
          if (lease.kind().endsWithProcess()) over.put(key, Optional.empty()); // an older program's
          else book.put(Entry.idle(lease, clock.instant()));
        });
    if (over.isEmpty()) return;
    // Before any lease: the state writes in order.
    state
        .change(over)
        .onSuccess(_ ->
            log.atInfo().addKeyValue("count", over.size()).log("old leases and destroys dropped"))
        .onFailure(Leases::unwritten);
  }

  public void show(Metrics metrics) {
    LeaseMeters.show(this, clock, metrics);
  }

  /**
   * Gives a lease on a snapshot that is to be opened. {@link GatewayError.Conflict} if it is
   * condemned. Whether it is there at all is for the caller to look, once he has the lease.
   *
   * @param kind one that ends with the process
   */
  public synchronized Future<Lease> acquire(
      Party party, UUID snapshot, String subject, Lease.Kind kind) {
    if (condemned.contains(snapshot)) return Future.failedFuture(beingDestroyed(subject));
    if (book.size() >= LEASES_MAX) return Future.failedFuture(tooMany());
    Lease lease = lease(party, snapshot, subject, kind, Optional.empty());
    book.put(Entry.inUse(lease));
    return Future.succeededFuture(lease);
  }

  /** Ends a lease that {@link #acquire} gave; harmless twice. */
  public synchronized void release(Lease lease) {
    book.remove(lease.guid());
  }

  /**
   * The party's plans need these snapshots, and no others. {@link GatewayError.Conflict} if one is
   * condemned; then what was needed before still is.
   *
   * @param subjects what each is called
   * @return what was needed before, and what it was called
   */
  public Future<Map<UUID, String>> need(Party party, Map<UUID, String> subjects, Term term) {
    Instant now = clock.instant();
    Map<String, Optional<String>> changes = new HashMap<>();
    Map<UUID, String> before = new HashMap<>();
    List<Entry> added = new ArrayList<>();
    List<Entry> ended;
    Future<Void> durable;
    synchronized (this) {
      for (var wanted : subjects.entrySet())
        if (condemned.contains(wanted.getKey()))
          return Future.failedFuture(beingDestroyed(wanted.getValue()));
      ended = new ArrayList<>(book.size() < SWEPT_FROM ? List.of() : book.expired(now));
      List<Entry> planned = book.plannedBy(party);
      for (Entry entry : planned) {
        before.put(entry.lease().snapshot(), entry.lease().subject());
        ended.remove(entry);
      }
      for (var wanted : subjects.entrySet())
        if (!before.containsKey(wanted.getKey()))
          added.add(planned(party, wanted.getKey(), wanted.getValue(), term, now));
      if (book.size() - ended.size() + added.size() > LEASES_MAX)
        return Future.failedFuture(tooMany());
      for (Entry entry : planned)
        if (subjects.containsKey(entry.lease().snapshot())) renew(entry, term, now, changes);
        else ended.add(entry);
      for (Entry entry : added) {
        book.put(entry);
        changes.put(key(entry.lease()), Optional.of(LeaseText.write(entry.lease())));
      }
      durable = ending(ended, changes);
    }
    return Caller.here().answer(durable.map(_ -> Map.copyOf(before)).onFailure(_ -> remove(added)));
  }

  /**
   * The party begins to send: what its plans need now it needs to go on where it is, and it gives
   * way if room is needed, until {@link #sentToEnd} or {@link #need} says otherwise.
   */
  public synchronized void sending(Party party) {
    for (Entry entry : book.plannedBy(party)) book.put(entry.nowBeingSent());
  }

  /**
   * The end of what the party sends goes out: from now on the receiver may have it, and what it was
   * made of gives way to nothing for as long as the party's plans need it. Also not when they are
   * made anew: the receiver's answer says what it has, and it may be about to commit more.
   *
   * @param snapshots that it was made of
   * @return false if one of them is condemned: then the end must not go out
   */
  public synchronized boolean sentToEnd(Party party, Collection<UUID> snapshots) {
    if (!Collections.disjoint(condemned, snapshots)) return false;
    for (Entry entry : book.plannedBy(party))
      if (snapshots.contains(entry.lease().snapshot())) book.put(entry.nowSent());
    return true;
  }

  /** Nothing is under way any more that needs what this owner's plans need: it can expire. */
  public synchronized void putDown(String owner) {
    book.idle(
        lease ->
            lease.kind() == Lease.Kind.PLAN
                && (lease.owner().equals(owner) || lease.owner().startsWith(owner + ":")),
        clock.instant());
  }

  /**
   * Ends a lease that nobody works under. {@link GatewayError.NotFound} if there is none, {@link
   * GatewayError.Conflict} that names who does.
   */
  public Future<Void> releaseIdle(UUID guid) {
    Future<Void> durable;
    synchronized (this) {
      Optional<Entry> entry = book.find(guid);
      if (entry.isEmpty())
        return Future.failedFuture(new GatewayError.NotFound("there is no lease " + guid));
      Lease lease = entry.get().lease();
      if (entry.get().idleSince().isEmpty())
        return Future.failedFuture(
            new GatewayError.Conflict(
                "lease %s on %s is in use by %s; stop that first"
                    .formatted(guid, lease.subject(), lease.holder())));
      durable = ending(List.of(entry.get()), new HashMap<>());
    }
    return Caller.here().answer(durable);
  }

  /**
   * Condemns each snapshot that nobody has a lease on and that is not condemned already. Nobody can
   * lease it until {@link #forget}.
   */
  public Future<Condemned> condemn(Collection<UUID> snapshots) {
    return condemn(snapshots, _ -> true);
  }

  /**
   * As {@link #condemn}, but those too that are being sent, and those that plans need of which
   * something is {@link #sending}: what they need of them ends in the same change. The caller
   * breaks off what is being sent, and leaves alone what is not released then: {@link
   * #holders(Collection)}.
   */
  public Future<Condemned> condemnNeeded(Collection<UUID> snapshots) {
    return condemn(snapshots, entry -> !entry.givesWay());
  }

  private Future<Condemned> condemn(Collection<UUID> snapshots, Predicate<Entry> keeps) {
    Map<UUID, String> deferred = new HashMap<>();
    Set<UUID> now = new LinkedHashSet<>(snapshots);
    Map<String, Optional<String>> changes = new HashMap<>();
    Future<Void> durable;
    synchronized (this) {
      Instant at = clock.instant();
      deferred.putAll(book.holders(now, at, keeps));
      for (UUID guid : now) if (condemned.contains(guid)) deferred.put(guid, "another destroy");
      now.removeAll(deferred.keySet());
      List<Entry> over = book.plannedOn(now); // they are expired, or give way
      condemned.addAll(now);
      now.forEach(guid -> changes.put(CONDEMNED + guid, Optional.of(at.toString())));
      durable = ending(over, changes);
    }
    var result = new Condemned(List.copyOf(now), deferred);
    return Caller.here().answer(durable.map(_ -> result).onFailure(_ -> acquit(now)));
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
    return book.binding(clock.instant()).stream()
        .map(entry -> new Status(entry.lease(), entry.idleSince().isEmpty(), entry.expiresAt()))
        .toList();
  }

  /** Who has leases, by snapshot: "module nbd (read), module replication: job offsite (plan)". */
  public synchronized Map<UUID, String> holders() {
    return book.holders(book.snapshots(), clock.instant());
  }

  /** Of some snapshots alone. */
  public synchronized Map<UUID, String> holders(Collection<UUID> snapshots) {
    return book.holders(snapshots, clock.instant());
  }

  /**
   * Writes that leases end, with other changes: they bind until that is durable, and go on binding
   * if it could not be written.
   */
  private Future<Void> ending(Collection<Entry> ended, Map<String, Optional<String>> changes) {
    for (Entry entry : ended) {
      book.put(entry.nowEnding());
      changes.put(key(entry.lease()), Optional.empty());
    }
    if (changes.isEmpty()) return Future.succeededFuture();
    return state
        .change(changes)
        .onSuccess(_ -> remove(ended))
        .onFailure(_ -> stay(ended))
        .onFailure(Leases::unwritten);
  }

  private synchronized void remove(Collection<Entry> ended) {
    ended.forEach(entry -> book.remove(entry.lease().guid()));
  }

  private synchronized void stay(Collection<Entry> ended) {
    ended.forEach(book::put);
  }

  private Entry planned(Party party, UUID snapshot, String subject, Term term, Instant now) {
    Lease lease = lease(party, snapshot, subject, Lease.Kind.PLAN, Optional.of(term.expiry()));
    return term.inUse() ? Entry.inUse(lease) : Entry.idle(lease, now);
  }

  /** Written only if it is to last for another time than before. */
  private void renew(Entry entry, Term term, Instant now, Map<String, Optional<String>> changes) {
    Lease lease = entry.lease().lasting(term.expiry());
    book.put(entry.renewed(lease, term.inUse() ? Optional.empty() : Optional.of(now)));
    if (!lease.equals(entry.lease())) changes.put(key(lease), Optional.of(LeaseText.write(lease)));
  }

  private Lease lease(
      Party party, UUID snapshot, String subject, Lease.Kind kind, Optional<Duration> expiry) {
    return new Lease(
        UUID.randomUUID(),
        party.volume(),
        snapshot,
        subject,
        party.owner(),
        kind,
        clock.instant(),
        expiry);
  }

  private static GatewayError beingDestroyed(String subject) {
    return new GatewayError.Conflict(subject + " is being destroyed");
  }

  private static GatewayError tooMany() {
    return new GatewayError.Unavailable(
        Scope.RESOURCE,
        ASK_AGAIN,
        "there are %d leases; release some (penstock lease list)".formatted(LEASES_MAX));
  }

  private synchronized void acquit(Collection<UUID> snapshots) {
    condemned.removeAll(Set.copyOf(snapshots));
  }

  private static String key(Lease lease) {
    return LEASE + lease.guid();
  }

  synchronized int condemnedCount() {
    return condemned.size();
  }

  private static void unwritten(Throwable why) {
    log.atError().addKeyValue("reason", why.toString()).log("leases were not written");
  }
}
