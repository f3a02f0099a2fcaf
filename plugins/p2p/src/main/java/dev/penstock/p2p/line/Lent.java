package dev.penstock.p2p.line;

import dev.penstock.p2p.flow.Permits;
import dev.penstock.p2p.pool.IdlePool;
import dev.penstock.spi.content.Caller;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A connection that one request has, with the right to have one.
 *
 * <p><b>Lifecycle.</b> {@link #giveBack} on every way out; one that is not idle by then is in the
 * middle of something, and ends. <b>Threads.</b> Any for {@link #giveBack}; else those of the
 * connection.
 */
final class Lent {
  private final LineConnection connection;
  private final Caller caller;
  private final Permits.Permit permit;
  private final IdlePool<Caller, LineConnection> pool;
  private final boolean wasIdle;
  private final AtomicBoolean given = new AtomicBoolean();

  /**
   * @param wasIdle whether it had been left open, and may be stale
   */
  Lent(
      LineConnection connection,
      Caller caller,
      Permits.Permit permit,
      IdlePool<Caller, LineConnection> pool,
      boolean wasIdle) {
    this.connection = connection;
    this.caller = caller;
    this.permit = permit;
    this.pool = pool;
    this.wasIdle = wasIdle;
  }

  LineConnection connection() {
    return connection;
  }

  boolean wasIdle() {
    return wasIdle;
  }

  /** Others may have a connection meanwhile: this one is counted elsewhere. */
  void countElsewhere() {
    permit.close();
  }

  /** Harmless twice. */
  void giveBack() {
    if (!given.compareAndSet(false, true)) return;
    connection
        .home()
        .run(() -> {
          if (connection.isIdle()) keep();
          else connection.close();
          pool.unused();
          permit.close();
        });
  }

  private void keep() {
    for (LineConnection evicted : pool.keep(caller, connection)) evicted.home().run(evicted::close);
  }
}
