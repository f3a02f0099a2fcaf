package dev.penstock.nbd.serve;

import dev.penstock.nbd.config.ListenSettings;
import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Handshake;
import dev.penstock.nbd.handshake.NewStyle;
import dev.penstock.nbd.handshake.OldStyle;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.receive.Reception;
import dev.penstock.nbd.transmit.Entrance;
import dev.penstock.spi.module.InheritedSocket;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.unix.Errors;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An address that is ours, and the socket that listens there.
 *
 * <p><b>Lifecycle.</b> {@link #open} once there is somebody to serve; {@link #close} before they
 * leave; then the claim can be released. <b>Threads.</b> Any.
 */
public final class Listener implements Entrance {
  /** errno(3) of Linux, negated, as Netty has it. */
  private static final int EADDRNOTAVAIL = -99;

  /** As flexnbd: an address that moves from machine to machine takes a while. */
  private static final int BIND_ATTEMPTS = 10;

  private static final Duration BIND_AGAIN = Duration.ofSeconds(1);

  private final ListenSettings settings;
  private final Listeners.Claim claim;
  private final Optional<Security> security;
  private final Optional<Reception> reception;
  private volatile ListenAddress address;
  private Optional<Channel> socket = Optional.empty();

  /**
   * On an address that was claimed.
   *
   * @param security what it speaks TLS with, if it does
   */
  public Listener(ListenSettings settings, Listeners.Claim claim, Optional<Security> security) {
    this(settings, claim, security, Optional.empty());
  }

  /**
   * @param reception who is given what connects here until the volume has come
   */
  public Listener(
      ListenSettings settings,
      Listeners.Claim claim,
      Optional<Security> security,
      Optional<Reception> reception) {
    this.settings = settings;
    this.claim = claim;
    this.security = security;
    this.reception = reception;
    this.address = claim.address();
  }

  /** Who takes sources here; empty if what is served here is for clients. */
  Optional<Reception> receives() {
    return reception.filter(one -> !one.isOver());
  }

  /** Takes clients from now on, and gives each to the one who serves the fewest. */
  public Future<Void> open(List<NbdServing> servings) {
    NbdServing accepting = servings.getFirst();
    Optional<InheritedSocket> inherited = claim.inherited();
    inherited.ifPresent(socket -> address = socket.boundTo());
    var acceptor = new Acceptor(this, servings);
    return inherited
        .map(socket -> accepting.loop().adopt(socket, acceptor))
        .orElseGet(() -> bind(accepting, acceptor, reception.isPresent() ? BIND_ATTEMPTS : 1))
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

  /** An address that somebody has is fatal at once; one that is not there yet may come. */
  private Future<Channel> bind(NbdServing accepting, Acceptor acceptor, int attempts) {
    return accepting
        .loop()
        .bind(claim.bindTo(), acceptor)
        .recover(why -> {
          if (attempts == 1 || !isNotThereYet(why)) return Future.failedFuture(why);
          return accepting.pause(BIND_AGAIN).compose(_ -> bind(accepting, acceptor, attempts - 1));
        });
  }

  private static boolean isNotThereYet(Throwable why) {
    return why instanceof Errors.NativeIoException error && error.expectedErr() == EADDRNOTAVAIL;
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
