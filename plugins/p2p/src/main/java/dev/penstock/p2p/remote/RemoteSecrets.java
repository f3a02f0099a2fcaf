package dev.penstock.p2p.remote;

import dev.penstock.spi.GatewayError;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Optional;

/**
 * What stands in files beside the settings.
 *
 * @param authorization the header's value
 * @param authorities in PEM
 */
record RemoteSecrets(Optional<String> authorization, Optional<Buffer> authorities) {
  /** Blocks. {@link GatewayError.Invalid} for a file that cannot be read. */
  static RemoteSecrets read(RemoteSettings settings) {
    Optional<String> authorization =
        settings
            .login()
            .map(login ->
                Authorization.basic(login.user(), Authorization.password(login.passwordFile())));
    return new RemoteSecrets(authorization, settings.ca().map(RemoteSecrets::pem));
  }

  private static Buffer pem(Path file) {
    try {
      byte[] pem = Files.readAllBytes(file);
      if (CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(pem))
          .isEmpty()) throw new CertificateException("there is none in it");
      return Buffer.buffer(pem);
    } catch (IOException | CertificateException e) {
      throw new GatewayError.Invalid(
          "%s cannot be read, and should hold certificates: %s".formatted(file, e.getMessage()));
    }
  }
}
