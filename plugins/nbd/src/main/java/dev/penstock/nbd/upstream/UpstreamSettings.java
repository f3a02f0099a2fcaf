package dev.penstock.nbd.upstream;

import dev.penstock.nbd.client.ServerUri;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.volume.VolumeName;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The settings of a store of the kind {@code upstream}. Made from valid settings only, so nothing
 * later has to check them again.
 *
 * @param volumes by name, in the order of the file
 * @param tls what is shown to servers of {@code nbds} URIs, and expected of them
 */
record UpstreamSettings(Map<String, Attached> volumes, Tls tls, UpstreamLimits limits) {
  /**
   * A volume of somebody else's.
   *
   * @param connections how many at most, if the server says that several are as good as one
   * @param readAheadBytes reads up to this size are sent twice as long; 0 for never
   * @param restarts what the server is believed when it comes back
   */
  record Attached(ServerUri uri, int connections, int readAheadBytes, Restarts restarts) {}

  /**
   * @param ca who vouches for servers; whom Java trusts, if it is left out
   * @param certificate our own, for servers that ask for one
   */
  record Tls(Optional<Path> ca, Optional<Path> certificate, Optional<Path> key) {}

  /** The only one that is right whatever the server is, and that no client sees. */
  static final Restarts RESTARTS = Restarts.WRITE_THROUGH;

  static final int VOLUMES_MAX = 1024;

  /** More only wait in the server: nbdkit and qemu serve one connection with 16 threads. */
  static final int CONNECTIONS_MAX = 16;

  /** Copied under a lock, and thrown away by every other command. */
  static final int READ_AHEAD_BYTES_MAX = 1 << 20;

  static UpstreamSettings read(Block block, Problems problems) {
    block.has("kind"); // the host's
    var settings =
        new UpstreamSettings(
            volumes(block, problems),
            tls(block.block("tls", problems), problems),
            UpstreamLimits.read(block.block("limits", problems), problems));
    block.refuseOtherKeys(problems);
    return settings;
  }

  private static Map<String, Attached> volumes(Block block, Problems problems) {
    Map<String, Attached> volumes = new LinkedHashMap<>();
    for (var named : block.namedBlocks("volumes", problems)) {
      VolumeName.objection(named.name())
          .ifPresent(why -> problems.add(named.at(), named.block().name() + ": " + why));
      volume(named.block(), problems)
          .ifPresent(volume -> {
            if (volumes.values().stream().anyMatch(other -> other.uri.equals(volume.uri)))
              problems.add(
                  named.block().at("uri"),
                  "%s: %s is another volume already".formatted(named.block().name(), volume.uri));
            volumes.put(named.name(), volume);
          });
    }
    if (volumes.size() > VOLUMES_MAX)
      problems.add(
          block.at("volumes"),
          "%s: %d volumes; the most is %d".formatted(block.name(), volumes.size(), VOLUMES_MAX));
    return volumes;
  }

  private static Optional<Attached> volume(Block block, Problems problems) {
    String text = block.requiredText("uri", problems);
    int connections = block.integer("connections", 1, problems);
    long readAhead = block.bytes("read_ahead", 0, problems);
    Restarts restarts = restarts(block, problems);
    block.refuseOtherKeys(problems);
    if (connections < 1 || connections > CONNECTIONS_MAX)
      problems.add(
          block.at("connections"),
          "%s: connections is %d; it takes 1 to %d"
              .formatted(block.name(), connections, CONNECTIONS_MAX));
    if (readAhead > READ_AHEAD_BYTES_MAX)
      problems.add(
          block.at("read_ahead"),
          "%s: read_ahead is %d; the most is %d (1MiB)"
              .formatted(block.name(), readAhead, READ_AHEAD_BYTES_MAX));
    if (text.isEmpty()) return Optional.empty();
    Optional<ServerUri> uri = ServerUri.parse(text, block.at("uri").folder());
    if (uri.isEmpty())
      problems.add(
          block.at("uri"),
          "%s: uri is \"%s\"; write %s".formatted(block.name(), text, ServerUri.EXAMPLES));
    return uri.map(there ->
        new Attached(
            there, connections, (int) Math.min(readAhead, READ_AHEAD_BYTES_MAX), restarts));
  }

  private static Restarts restarts(Block block, Problems problems) {
    String word = block.text("restarts", RESTARTS.word(), problems);
    Optional<Restarts> restarts = Restarts.of(word);
    if (restarts.isEmpty())
      problems.add(
          block.at("restarts"),
          "%s: restarts is \"%s\"; it takes %s"
              .formatted(
                  block.name(),
                  word,
                  Arrays.stream(Restarts.values())
                      .map(Restarts::word)
                      .collect(Collectors.joining(" or "))));
    return restarts.orElse(RESTARTS);
  }

  private static Tls tls(Block block, Problems problems) {
    var tls =
        new Tls(
            block.path("ca", problems),
            block.path("certificate", problems),
            block.path("key", problems));
    block.refuseOtherKeys(problems);
    if (tls.certificate.isPresent() != tls.key.isPresent())
      problems.add(block.at(), "%s: certificate and key come together".formatted(block.name()));
    return tls;
  }
}
