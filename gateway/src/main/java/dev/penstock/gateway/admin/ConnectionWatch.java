package dev.penstock.gateway.admin;

import dev.penstock.gateway.config.AdminLimits;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.time.Duration;

/**
 * Sees to it that a connection does not wait for its client for ever. Vert.x's idle limits start
 * again with every byte, so a client that dribbles one byte at a time would never meet them; these
 * limits do not.
 *
 * <pre>
 *   opened ──arrival──► head ──the rest of it──► body ──(handler, reply: limits of their own)──► answered
 *                        ▲                                                                          │
 *                        └───────────────────────────── idle ───────────────────────────────────────┘
 * </pre>
 *
 * <p>The limit between an answer and the next head covers a head that is dribbled as well. All
 * calls come on the connection's event loop.
 */
final class ConnectionWatch {
  private final Vertx vertx;
  private final HttpConnection connection;
  private final AdminLimits limits;
  private long timer;
  private boolean first = true;
  private Runnable onLate;

  ConnectionWatch(Vertx vertx, HttpConnection connection, AdminLimits limits) {
    this.vertx = vertx;
    this.connection = connection;
    this.limits = limits;
    this.onLate = this::cut;
    start(limits.arrivalLimit());
  }

  /**
   * A head is there; its body may still be on the way.
   *
   * @param late what to do if the body does not come in time
   */
  void headArrived(Runnable late) {
    onLate = late;
    if (!first) start(limits.arrivalLimit());
    first = false;
  }

  /** Nothing is expected from the client any more. */
  void bodyArrived() {
    vertx.cancelTimer(timer);
    onLate = this::cut;
  }

  /** The body is a plugin's archive, which has longer. */
  void archiveBegins() {
    start(limits.archiveLimit());
  }

  void answered() {
    onLate = this::cut;
    start(limits.idleLimit());
  }

  void closed() {
    vertx.cancelTimer(timer);
  }

  private void start(Duration limit) {
    vertx.cancelTimer(timer);
    timer = vertx.setTimer(limit.toMillis(), _ -> onLate.run());
  }

  private void cut() {
    connection.close();
  }
}
