package dev.penstock.replication.forward;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The volumes that clients of other gateways use here. Each is opened for the first of them, and
 * closed when nobody has asked for it for a while.
 *
 * <p><b>Lifecycle.</b> {@link #close} gives all of them back. <b>Threads.</b> Any.
 */
final class JoinedVolumes {
  /** Opening takes a moment; but what is open here can be neither removed nor demoted. */
  private static final Duration UNUSED_MAX = Duration.ofSeconds(5);

  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final String user;
  private final Vertx vertx;
  private final Supplier<Handoffs> handoffs;
  private final LongSupplier nanoClock;
  private final Map<String, Entry> all = new HashMap<>();

  /** Nobody asks for them any more; some may still be on their way in. */
  private final List<Entry> former = new ArrayList<>();

  private final long timer;

  private static final class Entry {
    private final Future<JoinedVolume> opened;
    private long askedNanos;

    Entry(Future<JoinedVolume> opened, long askedNanos) {
      this.opened = opened;
      this.askedNanos = askedNanos;
    }

    /** A request may be held for longer than nobody asked. */
    boolean isUnused() {
      return opened.failed() || (opened.succeeded() && opened.result().isUnused());
    }
  }

  /**
   * @param user who uses them, for messages
   */
  JoinedVolumes(String user, Vertx vertx, Supplier<Handoffs> handoffs, LongSupplier nanoClock) {
    this.user = user;
    this.vertx = vertx;
    this.handoffs = handoffs;
    this.nanoClock = nanoClock;
    this.timer = vertx.setPeriodic(LOOK_EVERY.toMillis(), _ -> closeUnused());
  }

  /**
   * The volume, for a client of one who gave it up.
   *
   * @param since when that was. {@link GatewayError.Conflict} if it was never owned here in that
   *     epoch or a later one
   */
  Future<JoinedVolume> at(String volume, Epoch since) {
    Entry entry;
    synchronized (this) {
      entry = all.get(volume);
      if (entry == null) {
        entry = new Entry(opened(volume, since), 0);
        all.put(volume, entry);
      }
      entry.askedNanos = nanoClock.getAsLong();
    }
    Entry known = entry;
    return known
        .opened
        .onFailure(_ -> forget(volume, known))
        .compose(joined ->
            joined.owned().compareTo(since) >= 0
                ? Future.succeededFuture(joined)
                : known(volume)
                    .compose(now -> {
                      Epoch owned = requireServed(volume, now, since);
                      return now.isOwned() && owned.compareTo(joined.owned()) > 0
                          ? openedAnew(volume, known, since)
                          : Future.succeededFuture(joined);
                    }));
  }

  /**
   * It was handed over after it was opened here, and has come back: who had it open then may still
   * be led on to the one that asks now, and would wait for itself.
   */
  private Future<JoinedVolume> openedAnew(String volume, Entry before, Epoch since) {
    synchronized (this) {
      if (all.remove(volume, before)) former.add(before);
    }
    return at(volume, since);
  }

  private Future<JoinedVolume> opened(String volume, Epoch since) {
    return known(volume)
        .compose(now -> {
          Epoch owned = requireServed(volume, now, since);
          var joined = new JoinedVolume(user, vertx, handoffs.get(), volume, owned);
          return joined.gate().map(joined);
        });
  }

  private Future<Ownership> known(String volume) {
    return handoffs
        .get()
        .find(volume)
        .map(known ->
            known.orElseThrow(() ->
                new GatewayError.Unavailable(
                    Scope.RESOURCE,
                    ASK_AGAIN,
                    "nothing is known here of volume %s".formatted(volume))));
  }

  /** Who leads on leads to a later epoch than the one that led here: so nobody goes in circles. */
  static Epoch requireServed(String volume, Ownership now, Epoch since) {
    Optional<Epoch> owned = now.owned().filter(epoch -> epoch.compareTo(since) >= 0);
    if (owned.isEmpty())
      throw new GatewayError.Conflict(
          "volume %s was not owned here in epoch %s, nor later".formatted(volume, since));
    now.successor()
        .filter(gone -> gone.since().compareTo(since) <= 0)
        .ifPresent(gone -> {
          throw new GatewayError.Conflict(
              "volume %s was handed over to %s before epoch %s: that leads in a circle"
                  .formatted(volume, gone.to(), since));
        });
    return owned.get();
  }

  private synchronized void forget(String volume, Entry failed) {
    all.remove(volume, failed);
  }

  private void closeUnused() {
    List<Entry> unused = new ArrayList<>();
    long now = nanoClock.getAsLong();
    synchronized (this) {
      Stream.concat(all.values().stream(), former.stream())
          .filter(entry -> now - entry.askedNanos > UNUSED_MAX.toNanos() && entry.isUnused())
          .forEach(unused::add);
      all.values().removeAll(unused);
      former.removeAll(unused);
    }
    unused.forEach(JoinedVolumes::close);
  }

  private static Future<Void> close(Entry entry) {
    return entry.opened.compose(JoinedVolume::close).otherwiseEmpty();
  }

  Future<Void> close() {
    vertx.cancelTimer(timer);
    List<Entry> open;
    synchronized (this) {
      open = Stream.concat(all.values().stream(), former.stream()).toList();
      all.clear();
      former.clear();
    }
    return Future.join(open.stream().map(JoinedVolumes::close).toList()).mapEmpty();
  }
}
