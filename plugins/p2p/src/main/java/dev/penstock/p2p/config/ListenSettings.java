package dev.penstock.p2p.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.SocketAccess;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One place where clients come in: an address alone, or a block with what is special about it.
 *
 * @param access who may reach it, if it is a unix socket
 * @param tls whether it speaks TLS, with the module's certificate
 */
public record ListenSettings(ListenAddress address, SocketAccess access, boolean tls) {
  /** Loopback alone: whoever wants more has to say so. */
  static final String DEFAULT = "tcp://127.0.0.1:9417";

  static List<ListenSettings> readAll(Block block, boolean moduleHasTls, Problems problems) {
    List<ListenSettings> all = new ArrayList<>();
    for (Setting item : items(block, problems))
      read(block.name(), item, moduleHasTls, problems)
          .ifPresent(one -> {
            if (!hasAnyPort(one.address)
                && all.stream().anyMatch(o -> o.address.equals(one.address)))
              problems.add(
                  item.at(), "%s: listen: %s is there twice".formatted(block.name(), one.address));
            all.add(one);
          });
    return List.copyOf(all);
  }

  private static boolean hasAnyPort(ListenAddress address) {
    return address instanceof ListenAddress.Tcp(_, int port) && port == 0;
  }

  private static List<Setting> items(Block block, Problems problems) {
    List<Setting> items =
        switch (block.setting("listen").orElse(null)) {
          case null -> List.of(new Setting.Text(DEFAULT, block.at("listen")));
          case Setting.Items(List<Setting> several, Mark _) -> several;
          case Setting one -> List.of(one);
        };
    if (items.isEmpty()) problems.add(block.at("listen"), block.name() + ": listen is empty");
    return items;
  }

  private static Optional<ListenSettings> read(
      String module, Setting item, boolean moduleHasTls, Problems problems) {
    return switch (item) {
      case Setting.Text text ->
          address(module, text, problems)
              .map(at ->
                  new ListenSettings(at, SocketAccess.OWNER_ALONE, usualTls(at, moduleHasTls)));
      case Block block -> readBlock(block, moduleHasTls, problems);
      case Setting.Items items -> {
        problems.add(items.at(), "%s: listen takes no list inside its list".formatted(module));
        yield Optional.empty();
      }
    };
  }

  private static Optional<ListenSettings> readBlock(
      Block block, boolean moduleHasTls, Problems problems) {
    String text = block.requiredText("address", problems);
    Optional<ListenAddress> address =
        text.isEmpty()
            ? Optional.empty()
            : address(block.name(), new Setting.Text(text, block.at("address")), problems);
    boolean tls =
        block.bool("tls", address.map(at -> usualTls(at, moduleHasTls)).orElse(false), problems);
    if (tls && !moduleHasTls)
      problems.add(
          block.at("tls"),
          "%s: tls is on, and the module has no tls block with a certificate and a key"
              .formatted(block.name()));
    SocketAccess access = access(block, address, problems);
    block.refuseOtherKeys(problems);
    return address.map(at -> new ListenSettings(at, access, tls));
  }

  /** A unix socket never leaves the machine. */
  private static boolean usualTls(ListenAddress address, boolean moduleHasTls) {
    return moduleHasTls && !(address instanceof ListenAddress.Unix);
  }

  private static Optional<ListenAddress> address(
      String where, Setting.Text text, Problems problems) {
    Optional<ListenAddress> address = ListenAddress.parse(text.text(), text.at().folder());
    if (address.isEmpty() || address.get() instanceof ListenAddress.Systemd) {
      problems.add(
          text.at(),
          "%s: listen: \"%s\" is no address that HTTP is served on; write tcp://127.0.0.1:9417 or unix:/run/penstock/p2p.sock"
              .formatted(where, text.text()));
      return Optional.empty();
    }
    if (address.get() instanceof ListenAddress.Unix(var path)
        && path.toString().getBytes(UTF_8).length > ListenAddress.UNIX_PATH_BYTES_MAX)
      problems.add(
          text.at(),
          "%s: listen: %s is longer than the %d bytes that the path of a socket may have"
              .formatted(where, path, ListenAddress.UNIX_PATH_BYTES_MAX));
    return address;
  }

  private static SocketAccess access(
      Block block, Optional<ListenAddress> address, Problems problems) {
    Set<PosixFilePermission> mode = SocketAccess.OWNER_ALONE.mode();
    Optional<String> text = block.optionalText("mode", problems);
    if (text.isPresent()) {
      var read = SocketAccess.mode(text.get());
      if (read.isEmpty())
        problems.add(
            block.at("mode"),
            "%s: mode is \"%s\"; it takes one such as 0660".formatted(block.name(), text.get()));
      mode = read.orElse(mode);
    }
    var access =
        new SocketAccess(
            mode, block.optionalText("owner", problems), block.optionalText("group", problems));
    if (address.isPresent() && !(address.get() instanceof ListenAddress.Unix))
      for (String key : List.of("mode", "owner", "group"))
        if (block.has(key))
          problems.add(
              block.at(key),
              "%s: %s is for unix sockets, and this is %s"
                  .formatted(block.name(), key, address.get()));
    return access;
  }
}
