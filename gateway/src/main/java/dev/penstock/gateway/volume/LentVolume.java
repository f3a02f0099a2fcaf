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

  /**
   * Who has it, and for what.
   *
   * @param beside whether somebody else may write it as well: for clients that another gateway
   *     leads on
   * @param owner whose user it is
   */
  record Terms(Access access, boolean beside, VolumeUser user, OwnedVolumes owner) {}

  private final SharedVolume shared;
  private final LentBytes bytes;
  private final Terms terms;
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
      Terms terms,
      Consumer<LentVolume> givenBack,
      Supplier<Future<Void>> last) {
    this.shared = shared;
    this.terms = terms;
    this.givenBack = givenBack;
    this.last = last;
    this.bytes = new LentBytes(shared.volume(), terms.access());
    this.closed = idle.future().compose(_ -> letGo());
  }

  VolumeUser user() {
    return terms.user();
  }

  Terms terms() {
    return terms;
  }

  boolean uses(SharedVolume one) {
    return shared.equals(one);
  }

  boolean isBeside() {
    return terms.beside();
  }

  /** Asks the user; what a plugin throws, or forgets to answer, is a failed future. */
  Future<Void> ask(Function<VolumeUser, Future<Void>> question) {
    try {
      return requireNonNull(question.apply(terms.user()), "the user answered null for a future");
    } catch (Throwable bug) { // an Error of a plugin is the plugin's, not the volume's
      return Future.failedFuture(bug);
    }
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
    return terms.access();
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
  public OpenVolume forClient() {
    Volume own = shared.volume().forClient();
    return own.equals(shared.volume()) ? this : new ToClient(own);
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

  /** The same for one client of the user, whose calls end with it. */
  private final class ToClient implements OpenVolume {
    private final Volume own;
    private final LentBytes seen;

    ToClient(Volume own) {
      this.own = own;
      this.seen = new LentBytes(own, terms.access());
    }

    @Override
    public Volume volume() {
      return seen;
    }

    @Override
    public Access access() {
      return terms.access();
    }

    @Override
    public <T> Future<T> run(Callable<T> call) {
      return LentVolume.this.run(call);
    }

    @Override
    public Future<Void> close() {
      own.close();
      return Future.succeededFuture();
    }
  }
}
