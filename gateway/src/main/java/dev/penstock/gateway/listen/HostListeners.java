package dev.penstock.gateway.listen;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The host's {@link Listeners}: file calls and looks into {@code /proc} run on Vert.x's workers.
 */
public final class HostListeners implements Listeners {
  private final Vertx vertx;

  /** Vert.x would quietly share a port between two servers of one process. */
  private final Set<ListenAddress.Tcp> ports = ConcurrentHashMap.newKeySet();

  public HostListeners(Vertx vertx) {
    this.vertx = vertx;
  }

  @Override
  public Future<Claim> claim(ListenAddress address) {
    return switch (address) {
      case ListenAddress.Tcp tcp -> claimPort(tcp);
      case ListenAddress.Unix unix ->
          vertx.executeBlocking(
              () -> new UnixClaim(vertx, unix, UnixSocketFile.take(unix.path())), false);
    };
  }

  private Future<Claim> claimPort(ListenAddress.Tcp address) {
    if (address.port() != 0 && !ports.add(address))
      return Future.failedFuture(
          new GatewayError.Conflict(
              "%s is in use by this gateway already; listen on another port".formatted(address)));
    return Future.succeededFuture(new TcpClaim(address, ports));
  }
}
