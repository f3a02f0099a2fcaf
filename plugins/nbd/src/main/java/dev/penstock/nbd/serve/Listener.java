package dev.penstock.nbd.serve;

import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners;
import io.vertx.core.net.SocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/** An address that is ours, and what every event loop binds to share it. */
public final class Listener {
  /** Vert.x shares "any free port" between servers that ask for the same negative one. */
  private static final AtomicInteger ANY_PORT = new AtomicInteger();

  private final Listeners.Claim claim;
  private final SocketAddress bindTo;
  private volatile int port;

  public Listener(Listeners.Claim claim) {
    this.claim = claim;
    SocketAddress wanted = claim.bindTo();
    boolean anyPort = wanted.isInetSocket() && wanted.port() == 0;
    this.bindTo =
        anyPort
            ? SocketAddress.sharedRandomPort(ANY_PORT.incrementAndGet(), wanted.host())
            : wanted;
    this.port = wanted.isInetSocket() ? wanted.port() : 0;
  }

  public Listeners.Claim claim() {
    return claim;
  }

  SocketAddress bindTo() {
    return bindTo;
  }

  void bound(int actualPort) {
    port = actualPort;
  }

  /** Where clients find it: with the port that it got. */
  public ListenAddress address() {
    return switch (claim.address()) {
      case ListenAddress.Tcp(String host, int _) -> new ListenAddress.Tcp(host, port);
      case ListenAddress.Unix unix -> unix;
    };
  }
}
