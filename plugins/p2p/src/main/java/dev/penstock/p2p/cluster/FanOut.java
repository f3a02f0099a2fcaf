package dev.penstock.p2p.cluster;

import dev.penstock.p2p.flow.Deadline;
import dev.penstock.p2p.flow.Permits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.Putting;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Content that is put to several nodes at once, as fast as the slowest takes it. One that fails, or
 * takes nothing for too long, is left; the others go on.
 *
 * <p><b>Threads.</b> The context that offered it.
 */
final class FanOut implements Putting.Upload {
  private final Vertx vertx;
  private final Set<Branch> branches;
  private final Set<String> there;
  private final Permits.Permit permit;
  private final ClusterLimits limits;
  private final long offset;
  private long position;
  private Optional<Throwable> lastFailure = Optional.empty();

  /**
   * @param branches one at least
   * @param there the uuids of those that have it already
   */
  FanOut(
      Vertx vertx,
      List<Branch> branches,
      Set<String> there,
      Permits.Permit permit,
      ClusterLimits limits) {
    this.vertx = vertx;
    this.branches = new LinkedHashSet<>(branches);
    this.there = there;
    this.permit = permit;
    this.limits = limits;
    this.offset = branches.stream().mapToLong(Branch::offset).min().orElseThrow();
    this.position = offset;
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public Future<Void> begin(long lengthBytes) {
    long total = offset + lengthBytes;
    for (Branch one : List.copyOf(branches))
      if (one.offset() > total) leave(one, hasMore(one, total));
    return each(limits.finishing(), one -> one.begin(total)).compose(_ -> anyLeft());
  }

  private static GatewayError hasMore(Branch branch, long total) {
    return new GatewayError.Conflict(
        "node %s has %d bytes of content that has %d"
            .formatted(branch.member().name(), branch.offset(), total));
  }

  @Override
  public Future<Void> write(Buffer bytes) {
    long from = position;
    position += bytes.length();
    return each(limits.stall(), one -> one.write(bytes, from)).compose(_ -> anyLeft());
  }

  @Override
  public Future<Stored> complete(boolean valid) {
    Set<String> stored = new HashSet<>();
    return each(
            limits.finishing(),
            one ->
                one.complete(valid)
                    .onSuccess(answer -> {
                      if (!answer.stored()) return;
                      stored.add(one.uuid());
                      stored.addAll(answer.also());
                    }))
        .compose(_ -> branches.isEmpty() ? this.<Stored>failed() : stored(stored))
        .onComplete(_ -> close());
  }

  private Future<Stored> stored(Set<String> stored) {
    if (stored.isEmpty()) return Future.succeededFuture(Stored.NOT);
    stored.addAll(there);
    return Future.succeededFuture(new Stored(true, stored));
  }

  /** Does the same with each, at once; completes when all are done or left, and does not fail. */
  private <T> Future<Void> each(Duration limit, Function<Branch, Future<T>> work) {
    List<Future<T>> under = new ArrayList<>();
    for (Branch one : List.copyOf(branches)) {
      Future<T> done = attempt(one, work);
      if (done.succeeded()) continue;
      under.add(
          Deadline.within(vertx, limit, done, one.member()::silent, _ -> {})
              .onFailure(why -> leave(one, why)));
    }
    if (under.isEmpty()) return Future.succeededFuture();
    return Future.join(under).<Void>mapEmpty().otherwiseEmpty();
  }

  private static <T> Future<T> attempt(Branch branch, Function<Branch, Future<T>> work) {
    try {
      return work.apply(branch);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private void leave(Branch branch, Throwable why) {
    if (!branches.remove(branch)) return;
    lastFailure = Optional.of(why);
    branch.member().failed(why);
    branch.close();
    permit.giveBackOne();
  }

  private Future<Void> anyLeft() {
    return branches.isEmpty() ? failed() : Future.succeededFuture();
  }

  private <T> Future<T> failed() {
    return Future.failedFuture(
        lastFailure.orElseGet(() ->
            new GatewayError.Failed(Scope.REQUEST, "the upload to the cluster was given up")));
  }

  @Override
  public void close() {
    branches.forEach(Branch::close);
    branches.clear();
    permit.close();
  }
}
