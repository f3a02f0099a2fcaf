package dev.penstock.nbd.config;

import dev.penstock.nbd.handshake.Tls;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.SocketAccess;
import dev.penstock.spi.volume.VolumeName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A volume that is to come from a flexnbd source.
 *
 * @param volume what it will be called here
 * @param listen where the source finds us, and clients afterwards
 * @param from the one address that the source has
 * @param store where it is made, if it is not there
 * @param sizeBytes how large it is made; empty if it has to be there
 * @param export what is served at the address once it is here
 */
public record ReceiveSettings(
    String volume,
    ListenAddress.Tcp listen,
    Network from,
    String store,
    OptionalLong sizeBytes,
    String export) {

  /** Each has a listener of its own. */
  static final int RECEPTIONS_MAX = 64;

  /** The {@code receive} block: by volume. */
  public static List<ReceiveSettings> readAll(Block block, Problems problems) {
    List<ReceiveSettings> all = new ArrayList<>();
    for (var named : block.namedBlocks("receive", problems)) {
      VolumeName.objection(named.name())
          .ifPresent(why -> problems.add(named.at(), named.block().name() + ": " + why));
      read(named.name(), named.block(), problems).ifPresent(all::add);
    }
    if (all.size() > RECEPTIONS_MAX)
      problems.add(
          block.at("receive"),
          "%s: %d volumes to receive; the most is %d"
              .formatted(block.name(), all.size(), RECEPTIONS_MAX));
    return List.copyOf(all);
  }

  private static Optional<ReceiveSettings> read(String volume, Block block, Problems problems) {
    Optional<ListenAddress.Tcp> listen = listen(block, problems);
    Optional<Network> from = from(block, problems);
    String store = block.requiredText("store", problems);
    OptionalLong size = size(block, problems);
    String export = block.text("export", volume, problems);
    block.refuseOtherKeys(problems);
    return listen.flatMap(
        at -> from.map(source -> new ReceiveSettings(volume, at, source, store, size, export)));
  }

  private static Optional<ListenAddress.Tcp> listen(Block block, Problems problems) {
    String text = block.requiredText("listen", problems);
    if (text.isEmpty()) return Optional.empty();
    Optional<ListenAddress> address = ListenAddress.parse(text, block.at("listen").folder());
    if (address.isPresent() && address.get() instanceof ListenAddress.Tcp tcp)
      return Optional.of(tcp);
    problems.add(
        block.at("listen"),
        "%s: listen is \"%s\"; a source comes over TCP: write one such as tcp://0.0.0.0:4777"
            .formatted(block.name(), text));
    return Optional.empty();
  }

  /** An address alone, which is a network of one. */
  private static Optional<Network> from(Block block, Problems problems) {
    String text = block.requiredText("from", problems);
    if (text.isEmpty()) return Optional.empty();
    try {
      if (text.indexOf('/') < 0) return Optional.of(Network.parse(text));
    } catch (IllegalArgumentException _) {
      // said below
    }
    problems.add(
        block.at("from"),
        "%s: from is \"%s\"; it takes the one address of the source: whoever else could say that all is there"
            .formatted(block.name(), text));
    return Optional.empty();
  }

  private static OptionalLong size(Block block, Problems problems) {
    if (!block.has("size")) return OptionalLong.empty();
    long size = block.bytes("size", 0, problems);
    if (size < Wire.OLD_STYLE_SECTOR_BYTES || size % Wire.OLD_STYLE_SECTOR_BYTES != 0)
      problems.add(
          block.at("size"),
          "%s: size is %d; what flexnbd serves is a multiple of %d bytes"
              .formatted(block.name(), size, Wire.OLD_STYLE_SECTOR_BYTES));
    return OptionalLong.of(size);
  }

  /** The listener that it needs: once the volume is here, one like any other for old clients. */
  public ListenSettings listener() {
    return new ListenSettings(listen, Tls.ABSENT, SocketAccess.OWNER_ALONE, Optional.of(export));
  }
}
