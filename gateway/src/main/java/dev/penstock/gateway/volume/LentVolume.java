package dev.penstock.gateway.volume;

import static java.util.Objects.requireNonNull;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** A shared volume in the hands of one user. {@link #run} is on the data path. */
final class LentVolume implements OpenVolume {
  /** Set in {@link #calls} once it is being given back; the rest counts calls under way. */
  private static final int GIVEN_BACK = Integer.MIN_VALUE;

  private final SharedVolume shared;
  private final LentBytes bytes;
  private final Access access;
  private final VolumeUser user;
  private final String owner;
  private final Consumer<LentVolume> givenBack;
  private final Supplier<Future<Void>> last;
  private final AtomicInteger calls = new AtomicInteger();
  private final Promise<Void> idle = Promise.promise();
  private final Future<Void> closed;

  /**
   * Takes over one hold on {@code shared}.
   *
   * @param last what else is given back, once the hold is; does not fail
   */
  LentVolume(
      SharedVolume shared,
      Access access,
      VolumeUser user,
      String owner,
      Consumer<LentVolume> givenBack,
      Supplier<Future<Void>> last) {
    this.shared = shared;
    this.access = access;
    this.user = user;
    this.owner = owner;
    this.givenBack = givenBack;
    this.last = last;
    this.bytes = new LentBytes(shared.volume(), access);
    this.closed = idle.future().compose(_ -> letGo());
  }

  VolumeUser user() {
    return user;
  }

  /** Asks the user; what a plugin throws, or forgets to answer, is a failed future. */
  Future<Void> ask(Function<VolumeUser, Future<Void>> question) {
    try {
      return requireNonNull(question.apply(user), "the user answered null for a future");
    } catch (Throwable bug) { // an Error of a plugin is the plugin's, not the volume's
      return Future.failedFuture(bug);
    }
  }

  String owner() {
    return owner;
  }

  Consumer<LentVolume> onGivenBack() {
    return givenBack;
  }

  /** Completes once no call is under way after {@link #close}. */
  Future<Void> idle() {
    return idle.future();
  }

  @Override
  public Volume volume() {
    return bytes;
  }

  @Override
  public Access access() {
    return access;
  }

  @Override
  public <T> Future<T> run(Callable<T> call) {
    if (!enter()) return Future.failedFuture(bytes.givenBack());
    Caller caller = Caller.here();
    Promise<T> done = Promise.promise();
    try {
      shared.workers().execute(shared.waitsOn(), () -> settle(call, caller, done));
    } catch (GatewayError.Unavailable full) {
      leave();
      return Future.failedFuture(full);
    }
    return done.future();
  }

  @Override
  public Future<Void> close() {
    if (calls.getAndUpdate(count -> count | GIVEN_BACK) == 0) idle.tryComplete();
    return Caller.here().answer(closed);
  }

  private <T> void settle(Callable<T> call, Caller caller, Promise<T> done) {
    T result;
    try {
      result = call.call();
    } catch (Throwable thrown) { // also an Error of a plugin: the caller waits for an answer
      try {
        shared.note(thrown);
      } finally {
        leave();
        caller.fail(done, thrown);
      }
      return;
    }
    leave();
    caller.complete(done, result);
  }

  private boolean enter() {
    if (calls.incrementAndGet() > 0) return true;
    leave();
    return false;
  }

  private void leave() {
    if (calls.decrementAndGet() == GIVEN_BACK) idle.tryComplete();
  }

  private Future<Void> letGo() {
    bytes.giveBack();
    givenBack.accept(this);
    return shared.release().compose(_ -> last.get());
  }
}
