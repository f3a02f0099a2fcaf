package dev.penstock.replication.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.ListenReader;
import dev.penstock.spi.module.SocketAccess;
import java.util.List;
import java.util.Optional;

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
    return new ListenReader(block, ListenAddress.EXAMPLES, problems)
        .readAll().stream().flatMap(place -> read(block, place, problems).stream()).toList();
  }

  private static Optional<ListenSettings> read(
      Block module, ListenReader.Place place, Problems problems) {
    Optional<String> peer = place.block().optionalText("peer", problems);
    place.block().refuseOtherKeys(problems);
    place
        .address()
        .ifPresent(address -> check(module, place.block().at(), address, peer, problems));
    return place.address().map(address -> new ListenSettings(address, place.access(), peer));
  }

  private static void check(
      Block module, Mark at, ListenAddress address, Optional<String> peer, Problems problems) {
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
  }
}
