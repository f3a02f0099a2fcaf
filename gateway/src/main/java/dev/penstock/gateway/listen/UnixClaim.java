package dev.penstock.gateway.listen;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners.Claim;
import dev.penstock.spi.module.SocketAccess;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;

/** A unix socket's path, for as long as its {@link UnixSocketFile} is held. */
record UnixClaim(Vertx vertx, ListenAddress.Unix address, UnixSocketFile file) implements Claim {
  @Override
  public SocketAddress bindTo() {
    return SocketAddress.domainSocketAddress(file.bindPath().toString());
  }

  @Override
  public Future<Void> listening(SocketAccess access) {
    return inOrder(() -> file.publish(access));
  }

  @Override
  public GatewayError refused(Throwable bindFailure) {
    return new GatewayError.Failed(
        Scope.MODULE, "cannot listen on %s: %s".formatted(address, bindFailure.getMessage()));
  }

  @Override
  public Future<Void> release() {
    return inOrder(file::close);
  }

  private Future<Void> inOrder(Runnable fileCalls) {
    return vertx
        .executeBlocking(
            () -> {
              fileCalls.run();
              return true;
            },
            true)
        .mapEmpty();
  }
}
