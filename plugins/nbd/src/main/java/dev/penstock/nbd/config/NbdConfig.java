package dev.penstock.nbd.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import dev.penstock.spi.module.ListenAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The settings of an NBD module. Made from valid settings only, so nothing later has to check them
 * again.
 *
 * @param listen where to listen; at least one
 * @param exports in the order of the file
 * @param defaultExport what a client gets that names none
 */
public record NbdConfig(
    List<ListenAddress> listen,
    List<ExportSettings> exports,
    Optional<String> defaultExport,
    Limits limits) {

  /** Loopback alone: whoever wants more has to say so. */
  static final String LISTEN = "tcp://127.0.0.1:10809";

  /** Reads the block of a module. Every problem goes to {@code problems}, with file and line. */
  public static NbdConfig read(Block block, Problems problems) {
    var config =
        new NbdConfig(
            listen(block, problems),
            exports(block, problems),
            block.optionalText("default_export", problems),
            Limits.read(block.block("limits", problems), problems));
    block.refuseOtherKeys(problems);
    return config;
  }

  private static List<ListenAddress> listen(Block block, Problems problems) {
    var texts =
        block.texts("listen", List.of(new Setting.Text(LISTEN, block.at("listen"))), problems);
    if (texts.isEmpty()) problems.add(block.at("listen"), block.name() + ": listen is empty");
    List<ListenAddress> addresses = new ArrayList<>();
    for (var text : texts) {
      Optional<ListenAddress> address = ListenAddress.parse(text.text(), text.at().folder());
      Optional<String> objection = objection(text, address, addresses);
      if (objection.isPresent()) {
        problems.add(text.at(), "%s: listen: %s".formatted(block.name(), objection.get()));
      } else {
        address.ifPresent(addresses::add);
      }
    }
    return List.copyOf(addresses);
  }

  private static Optional<String> objection(
      Setting.Text text, Optional<ListenAddress> address, List<ListenAddress> before) {
    if (address.isEmpty()) {
      return Optional.of(
          "\"%s\" is no address; write %s".formatted(text.text(), ListenAddress.EXAMPLES));
    }
    if (before.contains(address.get())
        && !(address.get() instanceof ListenAddress.Tcp(_, int port) && port == 0)) {
      return Optional.of(text.text() + " is there twice");
    }
    if (address.get() instanceof ListenAddress.Unix(var path)
        && path.toString().getBytes(UTF_8).length > ListenAddress.UNIX_PATH_BYTES_MAX) {
      return Optional.of(
          "%s is longer than the %d bytes that the path of a socket may have"
              .formatted(path, ListenAddress.UNIX_PATH_BYTES_MAX));
    }
    return Optional.empty();
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
