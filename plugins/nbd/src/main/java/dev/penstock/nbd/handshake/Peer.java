package dev.penstock.nbd.handshake;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Who asks, as far as that decides which exports it may have.
 *
 * @param address where it comes from; empty for a unix socket
 * @param encrypted whether it speaks through TLS
 * @param identity the subject of the certificate that it showed, or the name of its key; empty if
 *     it showed none
 */
public record Peer(Optional<InetAddress> address, boolean encrypted, Optional<String> identity) {
  /** Somebody on this machine, through a unix socket. */
  public static final Peer LOCAL = new Peer(Optional.empty(), false, Optional.empty());
}
