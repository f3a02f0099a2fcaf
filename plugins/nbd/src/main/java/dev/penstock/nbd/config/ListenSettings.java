package dev.penstock.nbd.config;

import dev.penstock.nbd.handshake.Tls;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.ListenReader;
import dev.penstock.spi.module.SocketAccess;
import java.util.List;
import java.util.Optional;

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
    return new ListenReader(block, ListenAddress.EXAMPLES, problems)
        .readAll(DEFAULT).stream()
            .flatMap(place -> read(place, moduleHasTls, problems).stream())
            .toList();
  }

  private static Optional<ListenSettings> read(
      ListenReader.Place place, boolean moduleHasTls, Problems problems) {
    Block block = place.block();
    Optional<String> oldstyle = block.optionalText("oldstyle", problems);
    Optional<Tls> tls = tls(block, moduleHasTls, oldstyle.isPresent(), problems);
    block.refuseOtherKeys(problems);
    return place
        .address()
        .map(at ->
            new ListenSettings(
                at,
                tls.orElse(oldstyle.isPresent() ? Tls.ABSENT : usualTls(at, moduleHasTls)),
                place.access(),
                oldstyle));
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
}
