package dev.penstock.gateway.listen;

import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * The host's {@link Listeners}: file calls and looks into {@code /proc} run on Vert.x's workers.
 */
public final class HostListeners implements Listeners {
  private final Vertx vertx;

  public HostListeners(Vertx vertx) {
    this.vertx = vertx;
  }

  @Override
  public Future<Claim> claim(ListenAddress address) {
    return switch (address) {
      case ListenAddress.Tcp tcp -> Future.succeededFuture(new TcpClaim(tcp));
      case ListenAddress.Unix unix ->
          vertx.executeBlocking(
              () -> new UnixClaim(vertx, unix, UnixSocketFile.take(unix.path())), false);
    };
  }
}
