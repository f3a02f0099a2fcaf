package dev.penstock.p2p.annex;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which repository.
 *
 * @param path of its working tree, or of all of it if it is bare
 * @param uuid that it has to have; with it, the repository may be away when the gateway starts
 */
record AnnexSettings(Path path, Optional<String> uuid) {
  private static final Pattern UUID =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  /** Empty if anything is wrong, which goes to {@code problems}. */
  static Optional<AnnexSettings> read(Block block, Problems problems) {
    int before = problems.count();
    if (!block.has("path"))
      problems.add(
          block.at(), "%s: path is missing: where the repository is".formatted(block.name()));
    Optional<Path> path = block.path("path", problems);
    Optional<String> uuid = block.optionalText("uuid", problems);
    if (uuid.isPresent() && !UUID.matcher(uuid.get()).matches())
      problems.add(
          block.at("uuid"),
          "%s: uuid is %s; git config annex.uuid says the repository's"
              .formatted(block.name(), uuid.get()));
    return problems.count() == before
        ? path.map(where -> new AnnexSettings(where, uuid))
        : Optional.empty();
  }
}
