package dev.penstock.p2p.serve;

import dev.penstock.p2p.socket.RawBodies;
import dev.penstock.p2p.socket.RawSocket;
import io.vertx.core.http.HttpConnection;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The connections of one event loop. On that loop.
 *
 * <p>Beyond the limit of all loops together a few are told that there is no place, and the rest are
 * closed without a word.
 */
final class Visits {
  /** An answer takes a moment: so many may be told at once that there is no place. */
  static final int TOLD_MAX = 64;

  private static final long LEAVING_NANOS_MAX = Duration.ofSeconds(2).toNanos();

  /** One connection. */
  static final class Visit {
    private final HttpConnection connection;
    private final boolean hasPlace;
    private int requests;
    private long idleSinceNanos;
    private boolean leaves;

    private Visit(HttpConnection connection, boolean hasPlace, long nowNanos) {
      this.connection = connection;
      this.hasPlace = hasPlace;
      this.idleSinceNanos = nowNanos;
    }

    boolean hasPlace() {
      return hasPlace;
    }
  }

  private final Site site;
  private final LongSupplier nanoClock;
  private final IdentityHashMap<HttpConnection, Visit> visits = new IdentityHashMap<>();
  private boolean leaving;
  private Runnable whenEmpty = () -> {};

  Visits(Site site, LongSupplier nanoClock) {
    this.site = site;
    this.nanoClock = nanoClock;
  }

  void came(HttpConnection connection) {
    int most = site.limits().get().connections();
    int now = site.connections().incrementAndGet();
    var visit = new Visit(connection, now <= most && !leaving, nanoClock.getAsLong());
    visits.put(connection, visit);
    RawBodies.attach(connection);
    connection.closeHandler(_ -> left(connection));
    connection.exceptionHandler(_ -> {}); // clients come and go: no error of ours, and no log's
    if (visit.hasPlace) return;
    site.observer().connectionRefused();
    if (now > most + TOLD_MAX || leaving) connection.close();
  }

  private void left(HttpConnection connection) {
    if (visits.remove(connection) != null) site.connections().decrementAndGet();
    if (leaving && visits.isEmpty()) whenEmpty.run();
  }

  /** Of a request that has come. */
  Visit of(HttpConnection connection) {
    Visit visit = visits.get(connection);
    return visit != null ? visit : new Visit(connection, true, nanoClock.getAsLong()); // it is gone
  }

  void began(Visit visit) {
    visit.requests++;
  }

  void ended(Visit visit) {
    visit.requests--;
    visit.idleSinceNanos = nanoClock.getAsLong();
    if (visit.requests == 0 && leaving) visit.connection.close();
  }

  /** It has its answer, and its connection ends when it has said everything, or soon. */
  void leaves(Visit visit) {
    visit.leaves = true;
  }

  /** Closes what has had no request for as long as the limit says. */
  void look(long limitNanos) {
    long now = nanoClock.getAsLong();
    for (Visit visit : List.copyOf(visits.values())) {
      long most = visit.leaves ? Math.min(LEAVING_NANOS_MAX, limitNanos) : limitNanos;
      if (visit.requests == 0 && now - visit.idleSinceNanos >= most)
        RawSocket.cut(visit.connection);
    }
  }

  /** From now on each goes once it has its answer. */
  void leave(Runnable whenEmpty) {
    leaving = true;
    this.whenEmpty = whenEmpty;
    if (visits.isEmpty()) whenEmpty.run();
    for (Visit visit : List.copyOf(visits.values()))
      if (visit.requests == 0) visit.connection.close();
  }

  /** Whatever is under way. */
  void cut() {
    for (Visit visit : List.copyOf(visits.values())) RawSocket.cut(visit.connection);
  }
}
