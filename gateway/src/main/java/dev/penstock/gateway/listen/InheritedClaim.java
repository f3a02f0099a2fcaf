package dev.penstock.gateway.listen;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.module.InheritedSocket;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners.Claim;
import dev.penstock.spi.module.SocketAccess;
import io.vertx.core.Future;
import io.vertx.core.net.SocketAddress;
import java.util.Optional;
import java.util.Set;

/** A socket that listens already; its file, if it has one, is whoever's made it. */
record InheritedClaim(
    ListenAddress.Systemd address, int descriptor, ListenAddress boundTo, Set<Integer> adopted)
    implements Claim {
  @Override
  public SocketAddress bindTo() {
    throw new IllegalStateException(address + " is bound already");
  }

  @Override
  public Optional<InheritedSocket> inherited() {
    return Optional.of(new InheritedSocket(Descriptors.duplicate(descriptor), boundTo));
  }

  @Override
  public Future<Void> listening(SocketAccess access) {
    return Future.succeededFuture();
  }

  @Override
  public GatewayError refused(Throwable failure) {
    return new GatewayError.Failed(
        Scope.MODULE, "cannot serve %s: %s".formatted(address, failure.getMessage()));
  }

  @Override
  public Future<Void> release() {
    adopted.remove(descriptor);
    return Future.succeededFuture();
  }
}
