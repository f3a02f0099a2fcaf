package dev.penstock.p2p.config;

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
 * @param tls whether it speaks TLS, with the module's certificate
 */
public record ListenSettings(ListenAddress address, SocketAccess access, boolean tls) {
  /** Loopback alone: whoever wants more has to say so. */
  static final String DEFAULT = "tcp://127.0.0.1:9417";

  private static final String EXAMPLES = DEFAULT + " or unix:/run/penstock/p2p.sock";

  static List<ListenSettings> readAll(Block block, boolean moduleHasTls, Problems problems) {
    return new ListenReader(block, EXAMPLES, problems)
        .readAll(DEFAULT).stream()
            .flatMap(place -> read(place, moduleHasTls, problems).stream())
            .toList();
  }

  private static Optional<ListenSettings> read(
      ListenReader.Place place, boolean moduleHasTls, Problems problems) {
    Block block = place.block();
    boolean usualTls =
        place.address().map(address -> usualTls(address, moduleHasTls)).orElse(false);
    boolean tls = block.bool("tls", usualTls, problems);
    if (tls && !moduleHasTls)
      problems.add(
          block.at("tls"),
          "%s: tls is on, and the module has no tls block with a certificate and a key"
              .formatted(block.name()));
    block.refuseOtherKeys(problems);
    if (place.address().orElse(null) instanceof ListenAddress.Systemd systemd)
      problems.add(
          block.at("address"),
          "%s: listen: \"%s\" is no address that HTTP is served on; write %s"
              .formatted(block.name(), systemd, EXAMPLES));
    return place.address().map(address -> new ListenSettings(address, place.access(), tls));
  }

  /** A unix socket never leaves the machine. */
  private static boolean usualTls(ListenAddress address, boolean moduleHasTls) {
    return moduleHasTls && !(address instanceof ListenAddress.Unix);
  }
}
