package dev.penstock.p2p.line;

import dev.penstock.p2p.flow.Home;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Optional;

/**
 * Content that is locked, by a connection that does nothing else. It counts as a lock and not as a
 * request: locks that are held for long do not keep others from asking.
 *
 * <p><b>Threads.</b> Its fields are the connection's home's.
 */
final class ShellHold implements Hold {
  private final Home asking;
  private final Lent lent;
  private final Runnable ended;
  private final Promise<Void> lost = Promise.promise();
  private Optional<Future<Void>> released = Optional.empty();

  private ShellHold(Home asking, Lent lent, Runnable ended) {
    this.asking = asking;
    this.lent = lent;
    this.ended = ended;
  }

  /**
   * Locks it, at the connection's home.
   *
   * @param asking where answers go
   * @param ended runs once when what was locked is no longer
   */
  static Future<Optional<Hold>> on(Lent lent, Key key, Home asking, Runnable ended) {
    var hold = new ShellHold(asking, lent, ended);
    return lent.connection()
        .lock(key, hold::isLost)
        .map(locked -> {
          if (locked) lent.countElsewhere();
          else lent.giveBack();
          return locked ? Optional.of(hold) : Optional.empty();
        });
  }

  private void isLost() {
    if (released.isPresent()) return; // ended by that
    released = Optional.of(Future.succeededFuture());
    ended.run();
    lent.giveBack();
    lost.complete();
  }

  @Override
  public Future<Void> lost() {
    return asking.answer(lost.future());
  }

  @Override
  public Future<Void> release() {
    return asking.answer(lent.connection().home().call(this::letGo));
  }

  private Future<Void> letGo() {
    if (released.isPresent()) return released.get();
    Promise<Void> done = Promise.promise();
    released = Optional.of(done.future());
    lent.connection()
        .unlock()
        .onComplete(_ -> {
          ended.run();
          lent.giveBack();
          done.complete();
        });
    return done.future();
  }
}
