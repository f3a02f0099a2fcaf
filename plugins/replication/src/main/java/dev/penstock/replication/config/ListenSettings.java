package dev.penstock.replication.config;

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
 * One place where peers come in.
 *
 * @param access who may reach it, if it is a unix socket
 * @param peer who it is that comes in here, without TLS; empty where peers are known by their
 *     certificates
 */
public record ListenSettings(ListenAddress address, SocketAccess access, Optional<String> peer) {
  private static final String ELSEWHERE =
      "only those of this machine may come without TLS: use a unix socket or a loopback address"
          + " with peer, or leave peer out and have a tls block";

  /** Reads all that stands under {@code listen}: none if it is not there. */
  static List<ListenSettings> readAll(Block block, Problems problems) {
    List<ListenSettings> all = new ArrayList<>();
    for (Setting item : items(block))
      read(block, item, problems)
          .ifPresent(one -> {
            boolean anyPort = one.address instanceof ListenAddress.Tcp(_, int port) && port == 0;
            if (!anyPort && all.stream().anyMatch(other -> other.address.equals(one.address)))
              problems.add(
                  item.at(), "%s: listen: %s is there twice".formatted(block.name(), one.address));
            all.add(one);
          });
    return List.copyOf(all);
  }

  private static List<Setting> items(Block block) {
    return switch (block.setting("listen").orElse(null)) {
      case null -> List.of();
      case Setting.Items(List<Setting> several, Mark _) -> several;
      case Setting one -> List.of(one);
    };
  }

  private static Optional<ListenSettings> read(Block module, Setting item, Problems problems) {
    return switch (item) {
      case Setting.Text text ->
          address(module.name(), text, problems)
              .map(address ->
                  checked(
                      module,
                      text.at(),
                      address,
                      SocketAccess.OWNER_ALONE,
                      Optional.empty(),
                      problems));
      case Block block -> {
        String text = block.requiredText("address", problems);
        Optional<ListenAddress> address =
            text.isEmpty()
                ? Optional.empty()
                : address(block.name(), new Setting.Text(text, block.at("address")), problems);
        Optional<String> peer = block.optionalText("peer", problems);
        SocketAccess access = access(block, address, problems);
        block.refuseOtherKeys(problems);
        yield address.map(at -> checked(module, block.at(), at, access, peer, problems));
      }
      case Setting.Items items -> {
        problems.add(
            items.at(), "%s: listen takes no list inside its list".formatted(module.name()));
        yield Optional.empty();
      }
    };
  }

  private static ListenSettings checked(
      Block module,
      Mark at,
      ListenAddress address,
      SocketAccess access,
      Optional<String> peer,
      Problems problems) {
    boolean local =
        switch (address) {
          case ListenAddress.Unix _ -> true;
          case ListenAddress.Tcp tcp -> tcp.isLoopback();
          case ListenAddress.Systemd _ -> false; // it may be anything
        };
    if (peer.isPresent() && !local)
      problems.add(
          at, "%s: listen: %s has a peer, and %s".formatted(module.name(), address, ELSEWHERE));
    if (peer.isEmpty() && address instanceof ListenAddress.Unix)
      problems.add(
          at,
          "%s: listen: %s has no peer: a unix socket tells nobody who comes; write { address: \"%s\", peer: NAME }"
              .formatted(module.name(), address, address));
    else if (peer.isEmpty() && !module.has("tls"))
      problems.add(
          at,
          "%s: listen: %s needs a tls block, with which peers are known by their certificates"
              .formatted(module.name(), address));
    return new ListenSettings(address, access, peer);
  }

  private static Optional<ListenAddress> address(
      String where, Setting.Text text, Problems problems) {
    Optional<ListenAddress> address = ListenAddress.parse(text.text(), text.at().folder());
    if (address.isEmpty())
      problems.add(
          text.at(),
          "%s: listen: \"%s\" is no address; write %s"
              .formatted(where, text.text(), ListenAddress.EXAMPLES));
    if (address.isPresent()
        && address.get() instanceof ListenAddress.Unix(var path)
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
              "%s: %s is for unix sockets that the gateway makes, and this is %s"
                  .formatted(block.name(), key, address.get()));
    return access;
  }
}
