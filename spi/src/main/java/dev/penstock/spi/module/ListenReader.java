package dev.penstock.spi.module;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads what stands under {@code listen} in a module's block: one place or a list of them, each an
 * address alone, or a block of its {@code address}, the {@code mode}, {@code owner} and {@code
 * group} of a unix socket, and what the module adds. Every problem goes to {@code problems}.
 *
 * <p><b>Threads.</b> One at a time.
 *
 * @param examples addresses that the module can listen on, for messages: {@link
 *     ListenAddress#EXAMPLES}, or its own
 * @since SPI 1.0
 */
public record ListenReader(Block module, String examples, Problems problems) {
  private static final String LISTEN = "listen";

  /**
   * One place to listen in.
   *
   * @param address empty if it could not be read, which is a problem by then
   * @param access who may reach it, if it is a unix socket
   * @param block has the module's own settings of it; whoever has read them calls {@link
   *     Block#refuseOtherKeys}. It has none if the address stands alone
   */
  public record Place(Optional<ListenAddress> address, SocketAccess access, Block block) {}

  /** In the order of the file: none if none is written. */
  public List<Place> readAll() {
    return module.has(LISTEN) ? places(written()) : List.of();
  }

  /**
   * In the order of the file.
   *
   * @param usual where a module listens of which nothing else is written. An empty list is a
   *     problem
   */
  public List<Place> readAll(String usual) {
    if (!module.has(LISTEN)) return places(List.of(new Setting.Text(usual, module.at(LISTEN))));
    List<Setting> written = written();
    if (written.isEmpty())
      problems.add(module.at(LISTEN), "%s: listen is empty".formatted(module.name()));
    return places(written);
  }

  private List<Setting> written() {
    return switch (module.setting(LISTEN).orElseThrow()) {
      case Setting.Items(List<Setting> several, Mark _) -> several;
      case Setting one -> List.of(one);
    };
  }

  private List<Place> places(List<Setting> written) {
    List<Place> places = new ArrayList<>();
    for (Setting one : written) place(one).ifPresent(places::add);
    refuseTwice(places);
    return List.copyOf(places);
  }

  private Optional<Place> place(Setting written) {
    return switch (written) {
      case Setting.Text text -> Optional.of(alone(text));
      case Block block -> Optional.of(place(block));
      case Setting.Items items -> {
        problems.add(
            items.at(), "%s: listen takes no list inside its list".formatted(module.name()));
        yield Optional.empty();
      }
    };
  }

  private Place alone(Setting.Text text) {
    return new Place(
        address(module.name(), text),
        SocketAccess.OWNER_ALONE,
        Block.empty(module.name(), text.at()));
  }

  private Place place(Block block) {
    String text = block.requiredText("address", problems);
    Optional<ListenAddress> address =
        text.isEmpty()
            ? Optional.empty()
            : address(block.name(), new Setting.Text(text, block.at("address")));
    SocketAccess access = access(block);
    address.ifPresent(at -> refuseAccess(at, block));
    return new Place(address, access, block);
  }

  private Optional<ListenAddress> address(String where, Setting.Text text) {
    Optional<ListenAddress> address = ListenAddress.parse(text.text(), text.at().folder());
    if (address.isEmpty())
      problems.add(
          text.at(),
          "%s: listen: \"%s\" is no address; write %s".formatted(where, text.text(), examples));
    if (address.orElse(null) instanceof ListenAddress.Unix(var path)
        && path.toString().getBytes(UTF_8).length > ListenAddress.UNIX_PATH_BYTES_MAX)
      problems.add(
          text.at(),
          "%s: listen: %s is longer than the %d bytes that the path of a socket may have"
              .formatted(where, path, ListenAddress.UNIX_PATH_BYTES_MAX));
    return address;
  }

  private SocketAccess access(Block block) {
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
    return new SocketAccess(
        mode, block.optionalText("owner", problems), block.optionalText("group", problems));
  }

  private void refuseAccess(ListenAddress address, Block block) {
    if (address instanceof ListenAddress.Unix) return;
    String instead =
        address instanceof ListenAddress.Systemd ? "; see SocketMode= in systemd.socket(5)" : "";
    for (String key : List.of("mode", "owner", "group"))
      if (block.has(key))
        problems.add(
            block.at(key),
            "%s: %s is for unix sockets that the gateway makes, and this is %s%s"
                .formatted(block.name(), key, address, instead));
  }

  private void refuseTwice(List<Place> places) {
    Set<ListenAddress> taken = new HashSet<>();
    for (Place place : places)
      place
          .address()
          .filter(address -> !hasAnyPort(address) && !taken.add(address))
          .ifPresent(address ->
              problems.add(
                  place.block().at(),
                  "%s: listen: %s is there twice".formatted(module.name(), address)));
  }

  private static boolean hasAnyPort(ListenAddress address) {
    return address instanceof ListenAddress.Tcp(_, int port) && port == 0;
  }
}
