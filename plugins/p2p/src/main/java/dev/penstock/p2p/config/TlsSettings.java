package dev.penstock.p2p.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.tls.PemFiles;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The {@code tls} block: what the module shows itself with. Who clients are, passwords and tokens
 * say.
 *
 * @param files looked at while the module runs: what replaces them is shown to the next client
 */
public record TlsSettings(PemFiles files) {
  static Optional<TlsSettings> read(Block block, Problems problems) {
    Optional<Path> certificate = required(block, "certificate", problems);
    Optional<Path> key = required(block, "key", problems);
    block.refuseOtherKeys(problems);
    if (certificate.isEmpty() || key.isEmpty()) return Optional.empty();
    return Optional.of(
        new TlsSettings(new PemFiles(certificate.get(), key.get(), Optional.empty())));
  }

  private static Optional<Path> required(Block block, String key, Problems problems) {
    if (!block.has(key)) problems.add(block.at(), "%s: %s is missing".formatted(block.name(), key));
    return block.path(key, problems);
  }
}
