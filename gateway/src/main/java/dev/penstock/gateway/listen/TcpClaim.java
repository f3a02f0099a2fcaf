package dev.penstock.gateway.listen;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners.Claim;
import dev.penstock.spi.module.SocketAccess;
import io.vertx.core.Future;
import io.vertx.core.net.SocketAddress;
import java.util.Set;

/** A port: the kernel alone knows whether it is free, and says so at the bind. */
record TcpClaim(ListenAddress.Tcp address, Set<ListenAddress> claimed) implements Claim {
  @Override
  public SocketAddress bindTo() {
    return SocketAddress.inetSocketAddress(address.port(), address.host());
  }

  @Override
  public Future<Void> listening(SocketAccess access) {
    return Future.succeededFuture();
  }

  @Override
  public GatewayError refused(Throwable bindFailure) {
    return SocketHolder.ofPort(address.port())
        .<GatewayError>map(holder ->
            new GatewayError.Conflict(
                "%s is in use by %s; stop it, or listen on another port"
                    .formatted(address, holder)))
        .orElseGet(() ->
            new GatewayError.Failed(
                Scope.MODULE,
                "cannot listen on %s: %s".formatted(address, bindFailure.getMessage())));
  }

  @Override
  public Future<Void> release() {
    claimed.remove(address);
    return Future.succeededFuture();
  }
}
