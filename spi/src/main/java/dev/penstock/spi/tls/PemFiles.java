package dev.penstock.spi.tls;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.X509KeyManager;

/**
 * The files that a TLS server shows itself with, in PEM.
 *
 * @param certificate the server's certificate first, then those between it and its authority
 * @param key its private key: PKCS#8, or the older {@code RSA} and {@code EC PRIVATE KEY}
 * @param clientCa the authorities of clients; empty if clients are not asked who they are
 * @since SPI 1.0
 */
public record PemFiles(Path certificate, Path key, Optional<Path> clientCa) {
  /** A chain with some authorities has a few KiB; a system's whole list of them a few hundred. */
  private static final long BYTES_MAX = 4 << 20;

  /** What of the files cannot be read at all, each in a sentence. Blocks. */
  public List<String> unreadable() {
    return Stream.concat(Stream.of(certificate, key), clientCa.stream())
        .filter(file -> !Files.isReadable(file))
        .map(file -> "%s cannot be read: %s".formatted(file, whyNot(file)))
        .toList();
  }

  private static String whyNot(Path file) {
    return Files.exists(file) ? "the gateway's user may not" : "it is not there";
  }

  /**
   * Reads all of them. Blocks.
   *
   * @throws GatewayError.Invalid what is wrong with which file
   */
  public TlsIdentity read(Vertx vertx) {
    Buffer chainPem = bytes(certificate);
    Buffer keyPem = bytes(key);
    List<X509Certificate> chain = certificates(certificate, chainPem);
    PrivateKey privateKey = privateKey(vertx, chainPem, keyPem, chain.getFirst());
    if (!KeyMatch.of(privateKey, chain.getFirst().getPublicKey()))
      throw new GatewayError.Invalid(
          "%s is not the key of the first certificate in %s".formatted(key, certificate));
    Buffer caPem = clientCa.map(PemFiles::bytes).orElseGet(Buffer::buffer);
    List<X509Certificate> authorities =
        clientCa.map(file -> certificates(file, caPem)).orElse(List.of());
    return new TlsIdentity(chainPem, keyPem, caPem, chain, privateKey, authorities);
  }

  private static Buffer bytes(Path file) {
    try {
      if (Files.size(file) > BYTES_MAX)
        throw new GatewayError.Invalid(
            "%s has more than %d bytes: it is no certificate or key".formatted(file, BYTES_MAX));
      return Buffer.buffer(Files.readAllBytes(file));
    } catch (AccessDeniedException _) { // whose message is the name of the file alone
      throw new GatewayError.Invalid(
          "%s cannot be read: the gateway's user may not".formatted(file));
    } catch (NoSuchFileException _) {
      throw new GatewayError.Invalid("%s cannot be read: it is not there".formatted(file));
    } catch (IOException e) {
      throw new GatewayError.Invalid("%s cannot be read: %s".formatted(file, e.getMessage()));
    }
  }

  private static List<X509Certificate> certificates(Path file, Buffer pem) {
    List<X509Certificate> found = new ArrayList<>();
    try {
      for (var one :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem.getBytes())))
        if (one instanceof X509Certificate certificate) found.add(certificate);
    } catch (CertificateException e) {
      throw new GatewayError.Invalid("%s is no certificate: %s".formatted(file, e.getMessage()));
    }
    if (found.isEmpty()) throw new GatewayError.Invalid("%s has no certificate".formatted(file));
    return found;
  }

  /** Vert.x knows the ways in which a key can be written. */
  private PrivateKey privateKey(
      Vertx vertx, Buffer chainPem, Buffer keyPem, X509Certificate first) {
    var options = new PemKeyCertOptions().setCertValue(chainPem).setKeyValue(keyPem);
    try {
      for (KeyManager manager : options.getKeyManagerFactory(vertx).getKeyManagers())
        if (manager instanceof X509KeyManager keys) {
          String[] aliases = keys.getServerAliases(first.getPublicKey().getAlgorithm(), null);
          if (aliases != null && aliases.length > 0) return keys.getPrivateKey(aliases[0]);
        }
    } catch (Exception e) { // as Vert.x declares it; it throws what it met, wrapped or not
      throw unusable(e);
    }
    throw new GatewayError.Invalid(
        "%s is not the key of the first certificate in %s".formatted(key, certificate));
  }

  private GatewayError unusable(Exception e) {
    return new GatewayError.Invalid("%s is no usable key: %s".formatted(key, e.getMessage()));
  }
}
