package dev.penstock.p2p.annex;

import dev.penstock.p2p.flow.Home;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.KeyStoreContext;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;

/** Content that is kept until it is let go of. Threads: any. */
final class AnnexHold implements Hold {
  private final KeyStoreContext host;
  private final Keeping keeping;
  private final Keeping.Kept kept;
  private final AtomicBoolean isEnding = new AtomicBoolean();
  private final Promise<Void> released = Promise.promise();

  AnnexHold(KeyStoreContext host, Keeping keeping, Keeping.Kept kept) {
    this.host = host;
    this.keeping = keeping;
    this.kept = kept;
  }

  /** A lock of this process on this machine's disk goes with the process alone. */
  @Override
  public Future<Void> lost() {
    return Promise.<Void>promise().future();
  }

  @Override
  public Future<Void> release() {
    return end(() -> {
      keeping.release(kept);
      return true;
    });
  }

  /** Ends it as the end of the process does: the retention stays. */
  Future<Void> abandon() {
    return end(() -> {
      keeping.abandon(kept);
      return true;
    });
  }

  /** Completes once it has ended, either way. */
  Future<Void> released() {
    return released.future();
  }

  private Future<Void> end(Callable<Boolean> how) {
    if (isEnding.compareAndSet(false, true))
      GivingBack.run(host, how).onComplete(_ -> released.complete());
    return Home.here(host.vertx()).answer(released.future());
  }
}
