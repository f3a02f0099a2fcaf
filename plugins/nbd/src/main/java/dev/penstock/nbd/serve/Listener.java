package dev.penstock.nbd.serve;

import dev.penstock.nbd.config.ListenSettings;
import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Handshake;
import dev.penstock.nbd.handshake.NewStyle;
import dev.penstock.nbd.handshake.OldStyle;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.transmit.Entrance;
import dev.penstock.spi.module.InheritedSocket;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Future;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * An address that is ours, and the socket that listens there.
 *
 * <p><b>Lifecycle.</b> {@link #open} once there is somebody to serve; {@link #close} before they
 * leave; then the claim can be released. <b>Threads.</b> Any.
 */
public final class Listener implements Entrance {
  private final ListenSettings settings;
  private final Listeners.Claim claim;
  private final Optional<Security> security;
  private volatile ListenAddress address;
  private Optional<Channel> socket = Optional.empty();

  /**
   * On an address that was claimed.
   *
   * @param security what it speaks TLS with, if it does
   */
  public Listener(ListenSettings settings, Listeners.Claim claim, Optional<Security> security) {
    this.settings = settings;
    this.claim = claim;
    this.security = security;
    this.address = claim.address();
  }

  /** Takes clients from now on, and gives each to the one who serves the fewest. */
  public Future<Void> open(List<NbdServing> servings) {
    NbdServing accepting = servings.getFirst();
    Optional<InheritedSocket> inherited = claim.inherited();
    inherited.ifPresent(socket -> address = socket.boundTo());
    var acceptor = new Acceptor(this, servings);
    return inherited
        .map(socket -> accepting.loop().adopt(socket, acceptor))
        .orElseGet(() -> accepting.loop().bind(claim.bindTo(), acceptor))
        .recover(why -> Future.failedFuture(claim.refused(why)))
        .compose(listening -> {
          socket = Optional.of(listening);
          if (claim.address() instanceof ListenAddress.Tcp(String host, int _)
              && listening.localAddress() instanceof InetSocketAddress bound) {
            address = new ListenAddress.Tcp(host, bound.getPort());
          }
          return claim.listening(settings.access());
        });
  }

  /** Takes no more clients. */
  public Future<Void> close() {
    Optional<Channel> listening = socket;
    socket = Optional.empty();
    return listening.map(ServingLoop::close).orElseGet(Future::succeededFuture);
  }

  public Listeners.Claim claim() {
    return claim;
  }

  /** Where clients find it: with the port that it got. */
  public ListenAddress listensAt() {
    return address;
  }

  public ListenSettings settings() {
    return settings;
  }

  @Override
  public String address() {
    return address.toString();
  }

  @Override
  public Handshake handshake(Exports exports, Peer peer) {
    return settings
        .oldstyle()
        .<Handshake>map(export -> new OldStyle(exports, peer, export))
        .orElseGet(() -> new NewStyle(exports, peer, settings.tls()));
  }

  @Override
  public SslHandler security(ByteBufAllocator buffers) {
    return security
        .orElseThrow(() -> new IllegalStateException(address + " has no TLS"))
        .handler(buffers);
  }
}
