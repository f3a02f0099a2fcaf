package dev.penstock.nbd.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.tls.PemFiles;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * The {@code tls} block: what the module shows itself with, and what it wants to see of clients.
 *
 * @param files looked at while the module runs: what replaces them is shown to the next client
 */
public record TlsSettings(PemFiles files, ClientCertificate clientCertificate, Version versionMin) {
  /** Whether a client has to say who it is. */
  public enum ClientCertificate {
    NONE,
    OPTIONAL,
    REQUIRED
  }

  /** The oldest version that is spoken. TLS 1.0 and 1.1 are not: RFC 8996. */
  public enum Version {
    TLS_1_2,
    TLS_1_3
  }

  /** Reads the block; empty if it lacks what it cannot do without. */
  static Optional<TlsSettings> read(Block block, Problems problems) {
    Optional<Path> certificate = required(block, "certificate", problems);
    Optional<Path> key = required(block, "key", problems);
    Optional<Path> clientCa = block.path("client_ca", problems);
    ClientCertificate clients = clientCertificate(block, clientCa.isPresent(), problems);
    Version versionMin = versionMin(block, problems);
    block.refuseOtherKeys(problems);
    if (certificate.isEmpty() || key.isEmpty()) return Optional.empty();
    var files = new PemFiles(certificate.get(), key.get(), clientCa);
    return Optional.of(new TlsSettings(files, clients, versionMin));
  }

  private static Optional<Path> required(Block block, String key, Problems problems) {
    if (!block.has(key)) problems.add(block.at(), "%s: %s is missing".formatted(block.name(), key));
    return block.path(key, problems);
  }

  private static ClientCertificate clientCertificate(
      Block block, boolean hasClientCa, Problems problems) {
    ClientCertificate otherwise = hasClientCa ? ClientCertificate.REQUIRED : ClientCertificate.NONE;
    Optional<String> text = block.optionalText("client_certificate", problems);
    if (text.isEmpty()) return otherwise;
    for (ClientCertificate one : ClientCertificate.values()) {
      if (!one.name().toLowerCase(Locale.ROOT).equals(text.get())) continue;
      if (one != ClientCertificate.NONE && !hasClientCa) {
        problems.add(
            block.at("client_certificate"),
            "%s: client_certificate is %s, and there is no client_ca to judge one by"
                .formatted(block.name(), text.get()));
      }
      return one;
    }
    problems.add(
        block.at("client_certificate"),
        "%s: client_certificate is \"%s\"; it takes none, optional or required"
            .formatted(block.name(), text.get()));
    return otherwise;
  }

  private static Version versionMin(Block block, Problems problems) {
    String text = block.text("version_min", "1.2", problems);
    return switch (text) {
      case "1.2" -> Version.TLS_1_2;
      case "1.3" -> Version.TLS_1_3;
      default -> {
        problems.add(
            block.at("version_min"),
            "%s: version_min is \"%s\"; it takes 1.2 or 1.3".formatted(block.name(), text));
        yield Version.TLS_1_2;
      }
    };
  }
}
