package dev.penstock.nbd.transmit;

import dev.penstock.nbd.handshake.Peer;
import java.nio.channels.ClosedChannelException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** What TLS tells about a client. */
final class TlsSession {
  /** What some clients do instead of saying what they mind. */
  static final String LEFT =
      "it left while TLS was agreed on: it may not trust the certificate, or have none to show";

  private TlsSession() {}

  /** Who asked in clear, and asks through TLS now. */
  static Peer peer(Peer inClear, SSLSession session) {
    return new Peer(inClear.address(), true, identity(session));
  }

  /** The subject of the client's certificate, as RFC 2253 writes it. */
  private static Optional<String> identity(SSLSession session) {
    try {
      return session.getPeerCertificates()[0] instanceof X509Certificate certificate
          ? Optional.of(certificate.getSubjectX500Principal().getName())
          : Optional.empty();
    } catch (SSLPeerUnverifiedException _) {
      return Optional.empty(); // it showed none, and need not
    }
  }

  /** Why there is no TLS, in one line: the first cause says what the others only wrap. */
  static String complaint(Throwable failure) {
    if (failure instanceof ClosedChannelException) return LEFT;
    Throwable cause = failure;
    while (cause.getCause() != null) cause = cause.getCause();
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("TLS failed");
  }
}
