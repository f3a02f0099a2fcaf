package dev.penstock.p2p.serve;

import dev.penstock.p2p.config.ListenSettings;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners;
import dev.penstock.spi.tls.TlsIdentity;
import io.vertx.core.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * An address that is ours. Each event loop that serves binds it, and gets its share of those who
 * come.
 *
 * @param bindTo the same for all of them: also where any port will do
 * @param identity what it speaks TLS with, if it does
 */
public record Listener(
    ListenSettings settings,
    Listeners.Claim claim,
    SocketAddress bindTo,
    Optional<TlsIdentity> identity) {

  public static Listener of(
      ListenSettings settings, Listeners.Claim claim, Optional<TlsIdentity> identity) {
    return new Listener(
        settings, claim, bindTo(claim), settings.tls() ? identity : Optional.empty());
  }

  private static SocketAddress bindTo(Listeners.Claim claim) {
    if (claim.address() instanceof ListenAddress.Tcp(String host, int port) && port == 0)
      // Of all that share the number each gets the port that the first one got.
      return SocketAddress.sharedRandomPort(
          ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE), host);
    return claim.bindTo();
  }

  /**
   * Where clients find it.
   *
   * @param port that it got
   */
  public String address(int port) {
    return switch (settings.address()) {
      case ListenAddress.Tcp(String host, int _) -> new ListenAddress.Tcp(host, port).toString();
      case ListenAddress.Unix unix -> unix.toString();
      case ListenAddress.Systemd systemd -> systemd.toString();
    };
  }
}
