package dev.penstock.spi.tls;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * What a TLS server shows itself with, as its files were at one moment. Immutable.
 *
 * @since SPI 1.0
 */
public final class TlsIdentity {
  private final Buffer chainPem;
  private final Buffer keyPem;
  private final Buffer authoritiesPem;
  private final List<X509Certificate> chain;
  private final PrivateKey key;
  private final List<X509Certificate> authorities;

  TlsIdentity(
      Buffer chainPem,
      Buffer keyPem,
      Buffer authoritiesPem,
      List<X509Certificate> chain,
      PrivateKey key,
      List<X509Certificate> authorities) {
    this.chainPem = chainPem;
    this.keyPem = keyPem;
    this.authoritiesPem = authoritiesPem;
    this.chain = List.copyOf(chain);
    this.key = key;
    this.authorities = List.copyOf(authorities);
  }

  /** The server's certificate first. */
  public List<X509Certificate> chain() {
    return chain;
  }

  public PrivateKey key() {
    return key;
  }

  /** Whose clients are trusted; empty if clients are not asked who they are. */
  public List<X509Certificate> authorities() {
    return authorities;
  }

  /** For a server of Vert.x. */
  public PemKeyCertOptions options() {
    return new PemKeyCertOptions().setCertValue(chainPem).setKeyValue(keyPem);
  }

  /** Whom a server or client of Vert.x trusts: {@link #authorities}. */
  public PemTrustOptions trust() {
    return new PemTrustOptions().addCertValue(authoritiesPem);
  }

  /** When the first certificate of the chain ends that does. */
  public Instant expiresAt() {
    return chain.stream()
        .map(certificate -> certificate.getNotAfter().toInstant())
        .min(Instant::compareTo)
        .orElseThrow();
  }

  /** Whose certificate it is, for people. */
  public String subject() {
    return chain.getFirst().getSubjectX500Principal().getName();
  }

  /** Whether the files are as they were. */
  public boolean isSameAs(TlsIdentity other) {
    return chainPem.equals(other.chainPem)
        && keyPem.equals(other.keyPem)
        && authoritiesPem.equals(other.authoritiesPem);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return subject() + " until " + expiresAt();
  }
}
