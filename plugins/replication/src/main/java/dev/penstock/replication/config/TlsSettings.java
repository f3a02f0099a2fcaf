package dev.penstock.replication.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.tls.PemFiles;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The {@code tls} block: what this gateway shows its peers, whoever of the two has called, and by
 * whom theirs have to be signed.
 *
 * @param files looked at while the module runs: what replaces them is shown to the next peer
 */
public record TlsSettings(PemFiles files) {
  /** Reads the block; empty if it lacks what it cannot do without. */
  static Optional<TlsSettings> read(Block block, Problems problems) {
    Optional<Path> certificate = required(block, "certificate", problems);
    Optional<Path> key = required(block, "key", problems);
    Optional<Path> peerCa = required(block, "peer_ca", problems);
    block.refuseOtherKeys(problems);
    if (certificate.isEmpty() || key.isEmpty() || peerCa.isEmpty()) return Optional.empty();
    return Optional.of(new TlsSettings(new PemFiles(certificate.get(), key.get(), peerCa)));
  }

  private static Optional<Path> required(Block block, String key, Problems problems) {
    if (!block.has(key)) problems.add(block.at(), "%s: %s is missing".formatted(block.name(), key));
    return block.path(key, problems);
  }
}
