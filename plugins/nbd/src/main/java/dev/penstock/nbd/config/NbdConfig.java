package dev.penstock.nbd.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The settings of an NBD module. Made from valid settings only, so nothing later has to check them
 * again.
 *
 * @param listen where to listen; at least one
 * @param tls for the listeners that speak it
 * @param exports in the order of the file
 * @param defaultExport what a client gets that names none
 */
public record NbdConfig(
    List<ListenSettings> listen,
    Optional<TlsSettings> tls,
    List<ExportSettings> exports,
    Optional<String> defaultExport,
    Limits limits) {

  /** Reads the block of a module. Every problem goes to {@code problems}, with file and line. */
  public static NbdConfig read(Block block, Problems problems) {
    Optional<TlsSettings> tls =
        block.has("tls")
            ? TlsSettings.read(block.block("tls", problems), problems)
            : Optional.empty();
    var config =
        new NbdConfig(
            ListenSettings.readAll(block, block.has("tls"), problems),
            tls,
            exports(block, problems),
            block.optionalText("default_export", problems),
            Limits.read(block.block("limits", problems), problems));
    block.refuseOtherKeys(problems);
    return config;
  }

  private static List<ExportSettings> exports(Block block, Problems problems) {
    List<ExportSettings> exports = new ArrayList<>();
    for (var named : block.namedBlocks("exports", problems)) {
      exports.add(export(named.name(), named.at(), named.block(), problems));
    }
    if (exports.size() > Limits.EXPORTS_MAX) {
      problems.add(
          block.at("exports"),
          "%s: %d exports; the most is %d"
              .formatted(block.name(), exports.size(), Limits.EXPORTS_MAX));
    }
    return List.copyOf(exports);
  }

  private static ExportSettings export(String name, Mark at, Block block, Problems problems) {
    int before = problems.count();
    var export =
        new ExportSettings(
            name,
            block.requiredText("volume", problems),
            block.bool("read_only", false, problems),
            block.text("description", "", problems),
            Optional.of(at));
    block.refuseOtherKeys(problems);
    if (problems.count() == before) {
      export.objection().ifPresent(why -> problems.add(at, block.name() + ": " + why));
    }
    return export;
  }
}
