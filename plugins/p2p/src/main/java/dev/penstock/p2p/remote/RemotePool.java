package dev.penstock.p2p.remote;

import dev.penstock.spi.content.ConnectionPool;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import java.util.HashMap;
import java.util.Map;

/**
 * Which connections of a client are in use, as its requests tell: Vert.x keeps them, opens one when
 * none is idle, and closes those that were idle for a while.
 *
 * <p><b>Threads.</b> Any.
 */
final class RemotePool {
  private final int most;

  /** How many requests use each that is open. It and what follows is guarded by this. */
  private final Map<HttpConnection, Integer> open = new HashMap<>();

  private int waiting;
  private long evicted;

  RemotePool(int most) {
    this.most = most;
  }

  /** Counts a request from when it is asked for until its answer was read. */
  Future<HttpClientRequest> counted(Future<HttpClientRequest> made) {
    waits(1);
    return made.onComplete(_ -> waits(-1)).onSuccess(this::lent);
  }

  private synchronized void waits(int more) {
    waiting += more;
  }

  private void lent(HttpClientRequest request) {
    HttpConnection connection = request.connection();
    if (used(connection) == 1) connection.closeHandler(_ -> closed(connection));
    request
        .response()
        .compose(HttpClientResponse::end)
        .onComplete(
            _ -> unused(connection),
            _ -> gone(connection)); // what breaks off a request ends its connection
  }

  private synchronized int used(HttpConnection connection) {
    return open.merge(connection, 1, Integer::sum);
  }

  private synchronized void unused(HttpConnection connection) {
    open.computeIfPresent(connection, (_, uses) -> uses - 1);
  }

  private synchronized void gone(HttpConnection connection) {
    open.remove(connection);
  }

  private synchronized void closed(HttpConnection connection) {
    if (open.remove(connection, 0)) evicted++;
    else open.remove(connection);
  }

  synchronized ConnectionPool state() {
    int inUse = (int) open.values().stream().filter(uses -> uses > 0).count();
    return new ConnectionPool(most, most, inUse, open.size() - inUse, waiting, evicted);
  }
}
