package dev.penstock.spi.module;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.net.SocketAddress;
import java.util.Optional;

/**
 * Takes addresses to listen on, so that two servers never fight over one, and a refusal names who
 * has it.
 *
 * <pre>
 *   claim(address) ─► bind {@link Claim#bindTo} ─► {@link Claim#listening} ─► … ─► close the server ─► {@link Claim#release}
 * </pre>
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 *
 * @since SPI 1.0
 */
public interface Listeners {
  /**
   * Takes an address. A unix socket that a killed process left behind is replaced; one that
   * somebody answers on is {@link GatewayError.Conflict} and stays. A port is only known to be free
   * once it is bound.
   */
  Future<Claim> claim(ListenAddress address);

  /** An address that is ours to bind. */
  interface Claim {
    ListenAddress address();

    /**
     * What to give to the server: for a unix socket a name that nobody else can reach yet. Of no
     * use where a socket is {@link #inherited}.
     */
    SocketAddress bindTo();

    /**
     * The socket to serve instead of binding one, under another descriptor each time that it is
     * asked for; empty unless the address is {@link ListenAddress.Systemd}.
     */
    default Optional<InheritedSocket> inherited() {
      return Optional.empty();
    }

    /** The server is bound: a unix socket now appears under its own name, with mode 0600. */
    default Future<Void> listening() {
      return listening(SocketAccess.OWNER_ALONE);
    }

    /**
     * The server is bound: a unix socket now appears under its own name, with this access from its
     * first moment. Other addresses do not look at it.
     */
    Future<Void> listening(SocketAccess access);

    /** The bind failed: who has the address, and what to do. */
    GatewayError refused(Throwable bindFailure);

    /**
     * After the server was closed: a unix socket's file goes, if it is still ours. Harmless twice.
     */
    Future<Void> release();
  }
}
