package dev.penstock.nbd.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.nbd.handshake.Tls;
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
 * @param oldstyle the one export that clients get without being asked; empty for a listener that
 *     negotiates
 */
public record ListenSettings(
    ListenAddress address, Tls tls, SocketAccess access, Optional<String> oldstyle) {

  /** Loopback alone: whoever wants more has to say so. */
  static final String DEFAULT = "tcp://127.0.0.1:10809";

  /** Reads all that stands under {@code listen}: at least one, unless there was a problem. */
  static List<ListenSettings> readAll(Block block, boolean moduleHasTls, Problems problems) {
    List<ListenSettings> all = new ArrayList<>();
    for (Setting item : items(block, problems)) {
      read(block.name(), item, moduleHasTls, problems)
          .ifPresent(one -> add(one, item.at(), block.name(), all, problems));
    }
    return List.copyOf(all);
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

  private static void add(
      ListenSettings one, Mark at, String module, List<ListenSettings> all, Problems problems) {
    boolean anyPort = one.address instanceof ListenAddress.Tcp(_, int port) && port == 0;
    if (!anyPort && all.stream().anyMatch(other -> other.address.equals(one.address))) {
      problems.add(at, "%s: listen: %s is there twice".formatted(module, one.address));
    } else {
      all.add(one);
    }
  }

  private static Optional<ListenSettings> read(
      String module, Setting item, boolean moduleHasTls, Problems problems) {
    return switch (item) {
      case Setting.Text text ->
          address(module, text, problems)
              .map(address ->
                  new ListenSettings(
                      address,
                      usualTls(address, moduleHasTls),
                      SocketAccess.OWNER_ALONE,
                      Optional.empty()));
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
    Optional<String> oldstyle = block.optionalText("oldstyle", problems);
    Optional<Tls> tls = tls(block, moduleHasTls, oldstyle.isPresent(), problems);
    SocketAccess access = access(block, problems);
    if (address.isPresent() && !(address.get() instanceof ListenAddress.Unix)) {
      refuseAccess(block, address.get(), problems);
    }
    block.refuseOtherKeys(problems);
    return address.map(at ->
        new ListenSettings(
            at,
            tls.orElse(oldstyle.isPresent() ? Tls.ABSENT : usualTls(at, moduleHasTls)),
            access,
            oldstyle));
  }

  private static Optional<ListenAddress> address(
      String where, Setting.Text text, Problems problems) {
    Optional<ListenAddress> address = ListenAddress.parse(text.text(), text.at().folder());
    if (address.isEmpty()) {
      problems.add(
          text.at(),
          "%s: listen: \"%s\" is no address; write %s"
              .formatted(where, text.text(), ListenAddress.EXAMPLES));
    }
    if (address.isPresent()
        && address.get() instanceof ListenAddress.Unix(var path)
        && path.toString().getBytes(UTF_8).length > ListenAddress.UNIX_PATH_BYTES_MAX) {
      problems.add(
          text.at(),
          "%s: listen: %s is longer than the %d bytes that the path of a socket may have"
              .formatted(where, path, ListenAddress.UNIX_PATH_BYTES_MAX));
    }
    return address;
  }

  /** A unix socket never leaves the machine; everything else is safe unless it says otherwise. */
  private static Tls usualTls(ListenAddress address, boolean moduleHasTls) {
    return moduleHasTls && !(address instanceof ListenAddress.Unix) ? Tls.REQUIRED : Tls.ABSENT;
  }

  private static Optional<Tls> tls(
      Block block, boolean moduleHasTls, boolean oldstyle, Problems problems) {
    Optional<String> text = block.optionalText("tls", problems);
    if (text.isEmpty()) return Optional.empty();
    Optional<Tls> tls =
        switch (text.get()) {
          case "off", "false", "no" -> Optional.of(Tls.ABSENT); // YAML has words for it
          case "offered" -> Optional.of(Tls.OFFERED);
          case "required" -> Optional.of(Tls.REQUIRED);
          default -> Optional.empty();
        };
    if (tls.isEmpty()) {
      problems.add(
          block.at("tls"),
          "%s: tls is \"%s\"; it takes off, offered or required"
              .formatted(block.name(), text.get()));
    } else if (tls.get() != Tls.ABSENT && !moduleHasTls) {
      problems.add(
          block.at("tls"),
          "%s: tls is %s, and the module has no tls block with a certificate and a key"
              .formatted(block.name(), text.get()));
    } else if (tls.get() != Tls.ABSENT && oldstyle) {
      problems.add(
          block.at("tls"),
          "%s: tls is %s, and old-style NBD knows no TLS; use a listener of its own for each"
              .formatted(block.name(), text.get()));
    }
    return tls;
  }

  private static SocketAccess access(Block block, Problems problems) {
    Set<PosixFilePermission> mode = SocketAccess.OWNER_ALONE.mode();
    Optional<String> text = block.optionalText("mode", problems);
    if (text.isPresent()) {
      var read = SocketAccess.mode(text.get());
      if (read.isEmpty()) {
        problems.add(
            block.at("mode"),
            "%s: mode is \"%s\"; it takes one such as 0660".formatted(block.name(), text.get()));
      }
      mode = read.orElse(mode);
    }
    return new SocketAccess(
        mode, block.optionalText("owner", problems), block.optionalText("group", problems));
  }

  private static void refuseAccess(Block block, ListenAddress address, Problems problems) {
    for (String key : List.of("mode", "owner", "group")) {
      if (!block.has(key)) continue;
      String instead =
          address instanceof ListenAddress.Systemd ? "; see SocketMode= in systemd.socket(5)" : "";
      problems.add(
          block.at(key),
          "%s: %s is for unix sockets that the gateway makes, and this is %s%s"
              .formatted(block.name(), key, address, instead));
    }
  }
}
