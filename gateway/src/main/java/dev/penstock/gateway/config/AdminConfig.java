package dev.penstock.gateway.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.tls.PemFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The {@code admin} block: where the admin API listens, and what it admits.
 *
 * @param socket the unix socket; there always is one, and whoever may write to it is an admin
 * @param listen TCP, if asked for; every call there needs a token
 * @param names by which callers reach {@code listen}, beside its own address: what a {@code Host}
 *     header may say
 * @param tls required for anything but loopback
 * @param pluginInstall whether an admin may install plugins through the API
 */
public record AdminConfig(
    Path socket,
    Optional<ListenAddress.Tcp> listen,
    List<String> names,
    Optional<PemFiles> tls,
    boolean pluginInstall,
    AdminLimits limits) {

  public AdminConfig {
    names = List.copyOf(names);
  }

  /**
   * Reads the block. Every problem goes to {@code problems}; the result is only of use if there was
   * none.
   */
  public static AdminConfig read(Block block, Problems problems) {
    var listen = listen(block, problems);
    var tls =
        block.has("tls") ? tls(block.block("tls", problems), problems) : Optional.<PemFiles>empty();
    var config =
        new AdminConfig(
            socket(block, problems),
            listen,
            block.texts("names", List.of(), problems).stream().map(Setting.Text::text).toList(),
            tls,
            block.bool("plugin_install", false, problems),
            AdminLimits.read(block.block("limits", problems), problems));
    if (listen.isPresent() && !listen.get().isLoopback() && !block.has("tls"))
      problems.add(
          block.at("listen"),
          "%s: listen is %s, which other machines can reach: it needs tls with a certificate and a key"
              .formatted(block.name(), listen.get()));
    block.refuseOtherKeys(problems);
    return config;
  }

  private static Path socket(Block block, Problems problems) {
    Path socket = block.path("socket", problems).orElseGet(AdminSocket::standard);
    int bytes = socket.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > ListenAddress.UNIX_PATH_BYTES_MAX)
      problems.add(
          block.at("socket"),
          "%s: socket is %d bytes long; Linux takes at most %d, so choose a shorter path"
              .formatted(block.name(), bytes, ListenAddress.UNIX_PATH_BYTES_MAX));
    return socket;
  }

  private static Optional<ListenAddress.Tcp> listen(Block block, Problems problems) {
    Optional<String> text = block.optionalText("listen", problems);
    if (text.isEmpty()) return Optional.empty();
    Mark at = block.at("listen");
    if (ListenAddress.parse(text.get(), at.folder()).orElse(null) instanceof ListenAddress.Tcp tcp)
      return Optional.of(tcp);
    problems.add(
        at,
        "%s: listen is \"%s\"; it takes an address such as tcp://127.0.0.1:7070"
            .formatted(block.name(), text.get()));
    return Optional.empty();
  }

  private static Optional<PemFiles> tls(Block block, Problems problems) {
    Optional<Path> certificate = readable(block, "certificate", problems);
    Optional<Path> key = readable(block, "key", problems);
    block.refuseOtherKeys(problems);
    return certificate.flatMap(c -> key.map(k -> new PemFiles(c, k, Optional.empty())));
  }

  private static Optional<Path> readable(Block block, String key, Problems problems) {
    Optional<Path> path = block.path(key, problems);
    if (path.isEmpty()) problems.add(block.at(key), block.name() + ": " + key + " is missing");
    else if (!Files.isReadable(path.get()))
      problems.add(
          block.at(key),
          "%s: %s is %s, which cannot be read".formatted(block.name(), key, path.get()));
    return path;
  }
}
