package dev.penstock.p2p.serve;

import dev.penstock.p2p.lock.HeldLock;
import dev.penstock.p2p.lock.KeepLines;
import dev.penstock.p2p.lock.LockTable;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Key;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Objects;
import java.util.Optional;

/** Locking content, and keeping it locked for as long as a request's body goes on. */
final class Locking {
  private Locking() {}

  static void lock(Exchange exchange) {
    Key key = exchange.key();
    Caller caller = exchange.caller();
    Served served = exchange.served();
    LockTable locks = exchange.site().locks();
    var wanted = new LockTable.Wanted(served.name(), key, exchange.by());
    locks
        .lock(wanted, () -> served.store().lock(key, caller))
        .onComplete(
            lock -> {
              // Nobody knows its id.
              if (exchange.isGone()) lock.ifPresent(locks::release);
              else exchange.json(lock.map(HeldLock::id).map(Json::locked).orElse(Json.NOT_LOCKED));
            },
            exchange::fail);
  }

  /** A lock that nobody has, and one that is lost, are answered at once. */
  static void keep(Exchange exchange) {
    String id = exchange.query().required("lockid").toString();
    exchange.caller(); // a bad uuid is refused, though nobody needs it
    Optional<HeldLock> lock = exchange.site().locks().keep(id, exchange.served().name());
    if (lock.isEmpty()) exchange.json(Json.NOT_LOCKED);
    else new Keeping(exchange, lock.get()).begin();
  }

  /** One body of keeplocked. */
  private static final class Keeping {
    private final Exchange exchange;
    private final HeldLock lock;
    private final KeepLines lines = new KeepLines();
    private boolean over;

    Keeping(Exchange exchange, HeldLock lock) {
      this.exchange = exchange;
      this.lock = lock;
    }

    void begin() {
      exchange.onGone(this::lost);
      Context here = Objects.requireNonNull(Vertx.currentContext());
      lock.ended().onComplete(_ -> here.runOnContext(_ -> lost()));
      exchange.request().handler(this::came).endHandler(_ -> bodyEnded()).resume();
    }

    private void came(Buffer bytes) {
      exchange.body().take(bytes).giveBack();
      if (over) return;
      try {
        if (lines.add(bytes)) unlocked();
      } catch (GatewayError.Invalid e) {
        refused(e);
      }
    }

    private void bodyEnded() {
      if (over) return;
      try {
        lines.end();
        unlocked();
      } catch (GatewayError.Invalid e) {
        refused(e);
      }
    }

    private void unlocked() {
      over = true;
      exchange.site().locks().release(lock);
      exchange.json(Json.NOT_LOCKED);
    }

    /** The client went, or the lock did: what is left of its time runs on, §1 row 12. */
    private void lost() {
      if (over) return;
      over = true;
      exchange.site().locks().leave(lock);
      exchange.json(Json.NOT_LOCKED);
    }

    private void refused(GatewayError why) {
      over = true;
      exchange.site().locks().leave(lock);
      exchange.fail(why);
    }
  }
}
