package dev.penstock.replication.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import dev.penstock.spi.module.ListenAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a peer is reached. */
public sealed interface PeerAddress {
  /** Where gateways listen for each other, if nothing else is said. */
  int PORT = 7443;

  /** What {@code at} takes, for messages. */
  String EXAMPLES =
      "https://server-b.example.org:7443, http://127.0.0.1:7443 or unix:/run/penstock/b.sock";

  /** Over TLS: both show certificates. */
  record Https(String host, int port) implements PeerAddress {}

  /** On this machine, or through a tunnel that begins here. */
  record Http(String host, int port) implements PeerAddress {}

  record Unix(Path path) implements PeerAddress {}

  /** Through the input and output of a process: {@code ssh host penstock stdio --as laptop}. */
  record Command(List<String> arguments) implements PeerAddress {
    public Command {
      arguments = List.copyOf(arguments);
    }
  }

  /** What stands under {@code at} or {@code command}; empty if neither does. */
  static Optional<PeerAddress> read(Block block, Problems problems) {
    Optional<PeerAddress> at =
        block.optionalText("at", problems).flatMap(text -> at(block, text, problems));
    Optional<PeerAddress> command = command(block, problems);
    if (block.has("at") && block.has("command"))
      problems.add(
          block.at("command"),
          "%s: at and command are two ways to one peer: leave one out".formatted(block.name()));
    return at.or(() -> command);
  }

  private static Optional<PeerAddress> command(Block block, Problems problems) {
    if (!block.has("command")) return Optional.empty();
    List<String> words =
        block.texts("command", List.of(), problems).stream().map(Setting.Text::text).toList();
    if (words.isEmpty() || words.getFirst().isBlank())
      problems.add(
          block.at("command"),
          "%s: command is empty; it takes a program and its arguments, as a list"
              .formatted(block.name()));
    else if (words.size() == 1 && words.getFirst().contains(" "))
      problems.add(
          block.at("command"),
          "%s: command is \"%s\", and no shell takes it apart: write a list, such as [ssh, penstock@server-b, penstock, stdio]"
              .formatted(block.name(), words.getFirst()));
    return Optional.of(new Command(words));
  }

  private static Optional<PeerAddress> at(Block block, String text, Problems problems) {
    Optional<PeerAddress> address = parse(text, block.at("at").folder());
    if (address.isEmpty())
      problems.add(
          block.at("at"), "%s: at is \"%s\"; it takes %s".formatted(block.name(), text, EXAMPLES));
    if (address.isPresent()
        && address.get() instanceof Http(String host, int port)
        && !new ListenAddress.Tcp(host, port).isLoopback())
      problems.add(
          block.at("at"),
          "%s: at is \"%s\", which is not on this machine: use https"
              .formatted(block.name(), text));
    return address;
  }

  private static Optional<PeerAddress> parse(String text, Path folder) {
    if (text.startsWith("unix:") && text.length() > "unix:".length())
      return Optional.of(new Unix(folder.resolve(text.substring("unix:".length()))));
    Matcher url =
        Pattern.compile("(https?)://([A-Za-z0-9._-]+|\\[[0-9a-fA-F:.]+\\])(?::(\\d{1,5}))?/?")
            .matcher(text);
    if (!url.matches()) return Optional.empty();
    String host = url.group(2).replace("[", "").replace("]", "");
    int port = url.group(3) == null ? PORT : Integer.parseInt(url.group(3));
    if (port < 1 || port > 65_535) return Optional.empty();
    return Optional.of(url.group(1).equals("https") ? new Https(host, port) : new Http(host, port));
  }
}
