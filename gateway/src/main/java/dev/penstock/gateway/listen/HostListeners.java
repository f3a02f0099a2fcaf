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
  private final InheritedSockets inherited;

  /** Ports, which Vert.x would quietly share between two servers of one process. */
  private final Set<ListenAddress> taken = ConcurrentHashMap.newKeySet();

  /** Descriptors of inherited sockets, each of which goes by a name and by a number. */
  private final Set<Integer> adopted = ConcurrentHashMap.newKeySet();

  public HostListeners(Vertx vertx) {
    this(vertx, InheritedSockets.ofThisProcess());
  }

  HostListeners(Vertx vertx, InheritedSockets inherited) {
    this.vertx = vertx;
    this.inherited = inherited;
  }

  @Override
  public Future<Claim> claim(ListenAddress address) {
    return switch (address) {
      case ListenAddress.Tcp tcp -> claimPort(tcp);
      case ListenAddress.Unix unix ->
          vertx.executeBlocking(
              () -> new UnixClaim(vertx, unix, UnixSocketFile.take(unix.path())), false);
      case ListenAddress.Systemd systemd -> vertx.executeBlocking(() -> adopt(systemd), false);
    };
  }

  private Claim adopt(ListenAddress.Systemd address) {
    int descriptor = inherited.descriptor(address);
    ListenAddress boundTo =
        ListeningSocket.of(descriptor)
            .orElseThrow(() ->
                new GatewayError.Invalid(
                    "%s is no socket that listens for TCP or at a path; see ListenStream= in systemd.socket(5)"
                        .formatted(address)));
    if (!adopted.add(descriptor)) throw inUse(address);
    Descriptors.makeNonBlocking(descriptor);
    return new InheritedClaim(address, descriptor, boundTo, adopted);
  }

  private Future<Claim> claimPort(ListenAddress.Tcp address) {
    if (address.port() != 0 && !taken.add(address)) return Future.failedFuture(inUse(address));
    return Future.succeededFuture(new TcpClaim(address, taken));
  }

  private static GatewayError inUse(ListenAddress address) {
    return new GatewayError.Conflict(
        "%s is in use by this gateway already; listen elsewhere".formatted(address));
  }
}
