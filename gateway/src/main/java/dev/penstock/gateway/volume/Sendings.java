package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is being sent now, so that it can be broken off.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
final class Sendings {
  private final Set<One> all = ConcurrentHashMap.newKeySet();
  private final Deadline deadline;
  private final Duration limit;

  /**
   * @param limit how long what is broken off may take to come to its end
   */
  Sendings(Deadline deadline, Duration limit) {
    this.deadline = deadline;
    this.limit = limit;
  }

  /**
   * Counts from now on. To be called before the leases are asked for: so whatever is leased to be
   * sent is here.
   */
  One begin(Set<UUID> snapshots) {
    var one = new One(snapshots);
    all.add(one);
    return one;
  }

  /**
   * Breaks off what is sent of these, and completes once it has ended, or the limit is over. Does
   * not fail. What begins meanwhile is for the caller to rule out.
   *
   * @param why what whoever sends it hears
   */
  Future<Void> breakOff(Collection<UUID> snapshots, GatewayError why) {
    List<Future<Void>> ends =
        all.stream()
            .filter(one -> !Collections.disjoint(one.snapshots, snapshots))
            .map(one -> one.breakOff(why))
            .toList();
    if (ends.isEmpty()) return Future.succeededFuture();
    return deadline.within(limit, Future.join(ends).<Void>mapEmpty(), this::late).otherwiseEmpty();
  }

  private GatewayError late() {
    return new GatewayError.Unavailable(
        Scope.RESOURCE, limit, "what is being sent did not end within " + limit);
  }

  /** A sending, from before its leases are given until they are released. */
  final class One {
    private final Set<UUID> snapshots;
    private final Promise<Void> ended = Promise.promise();
    private Optional<Sending> opened = Optional.empty();
    private Optional<GatewayError> broken = Optional.empty();

    private One(Set<UUID> snapshots) {
      this.snapshots = Set.copyOf(snapshots);
    }

    /** It may have been broken off while it was being opened. */
    void opened(Sending sending) {
      Optional<GatewayError> before;
      synchronized (this) {
        opened = Optional.of(sending);
        before = broken;
      }
      before.ifPresent(sending::breakOff);
    }

    private Future<Void> breakOff(GatewayError why) {
      Optional<Sending> there;
      synchronized (this) {
        broken = Optional.of(why);
        there = opened;
      }
      there.ifPresent(sending -> sending.breakOff(why));
      return ended.future();
    }

    /** Its leases are released. */
    void end() {
      all.remove(this);
      ended.tryComplete();
    }
  }
}
