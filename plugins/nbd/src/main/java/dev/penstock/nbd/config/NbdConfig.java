package dev.penstock.nbd.config;

import dev.penstock.spi.config.Block;
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
 * @param receive what is to come from elsewhere
 */
public record NbdConfig(
    List<ListenSettings> listen,
    Optional<TlsSettings> tls,
    List<ExportSettings> exports,
    Optional<String> defaultExport,
    List<ReceiveSettings> receive,
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
            ReceiveSettings.readAll(block, problems),
            Limits.read(block.block("limits", problems), problems));
    block.refuseOtherKeys(problems);
    requireServed(block, config, problems);
    return config;
  }

  /** What is received is served where it was received: by an export that has to be there. */
  private static void requireServed(Block block, NbdConfig config, Problems problems) {
    for (ReceiveSettings one : config.receive)
      if (config.exports.stream()
          .noneMatch(
              export -> export.name().equals(one.export()) && export.volume().equals(one.volume())))
        problems.add(
            block.block("receive", problems).at(one.volume()),
            "%s: receive: %s is served as export %s once it is here, and there is no such export of it"
                .formatted(block.name(), one.volume(), one.export()));
  }

  private static List<ExportSettings> exports(Block block, Problems problems) {
    List<ExportSettings> exports = new ArrayList<>();
    for (var named : block.namedBlocks("exports", problems)) {
      exports.add(ExportSettings.read(named.name(), named.at(), named.block(), problems));
    }
    if (exports.size() > Limits.EXPORTS_MAX) {
      problems.add(
          block.at("exports"),
          "%s: %d exports; the most is %d"
              .formatted(block.name(), exports.size(), Limits.EXPORTS_MAX));
    }
    return List.copyOf(exports);
  }
}
