package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.gateway.ExitCode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What can be said of an export. What is not given is not sent: it stays, or is the default. */
final class ExportOptions {
  @Option(names = "--read-only", negatable = true, description = "Refuse writes.")
  private @Nullable Boolean readOnly;

  @Option(
      names = "--snapshots",
      negatable = true,
      description = "Give away the snapshots of the volume as well, as EXPORT@SNAPSHOT.")
  private @Nullable Boolean snapshots;

  @Option(names = "--description", paramLabel = "TEXT", description = "For people.")
  private @Nullable String description;

  @Option(
      names = "--allow",
      paramLabel = "WHO",
      split = ",",
      description = {
        "Who may have it: networks as in 10.0.0.0/8, local for unix sockets, all, or none for",
        "nobody. Repeat it for several; together they replace what was there."
      })
  private @Nullable List<String> allow;

  @Option(names = "--tls", paramLabel = "WHEN", description = "optional or required.")
  private @Nullable String tls;

  @Option(
      names = "--connections-max",
      paramLabel = "COUNT",
      description = "How many clients at once; 0 for no limit.")
  private @Nullable Integer connectionsMax;

  @Option(
      names = "--bandwidth",
      paramLabel = "RATE",
      description = "Bytes a second, as in 50MiB, read and written together; 0 for no limit.")
  private @Nullable String bandwidth;

  @Option(names = "--read-bandwidth", paramLabel = "RATE", description = "The same for reading.")
  private @Nullable String readBandwidth;

  @Option(names = "--write-bandwidth", paramLabel = "RATE", description = "The same for writing.")
  private @Nullable String writeBandwidth;

  @Option(
      names = "--iops",
      paramLabel = "COUNT",
      description = "Requests a second; 0 for no limit.")
  private @Nullable Integer iops;

  @Option(
      names = "--block-size",
      paramLabel = "MIN:PREFERRED:MAX",
      description = "What clients are told of sizes, as in 512:4KiB:32MiB.")
  private @Nullable String blockSize;

  @Option(
      names = "--rotational",
      negatable = true,
      description = "Tell clients that seeks are slow.")
  private @Nullable Boolean rotational;

  @Option(
      names = "--multi-conn",
      negatable = true,
      description = "Tell clients that they may use several connections.")
  private @Nullable Boolean multiConn;

  @Option(names = "--resize", negatable = true, description = "Let clients make the volume larger.")
  private @Nullable Boolean resize;

  void addTo(ObjectNode body) {
    if (readOnly != null) body.put("read_only", readOnly);
    if (snapshots != null) body.put("snapshots", snapshots);
    if (description != null) body.put("description", description);
    if (allow != null) addAllow(body.putArray("allow"), allow);
    if (tls != null) body.put("tls", tls);
    if (connectionsMax != null) body.put("connections_max", connectionsMax);
    if (bandwidth != null) body.put("bandwidth", bandwidth);
    if (readBandwidth != null) body.put("read_bandwidth", readBandwidth);
    if (writeBandwidth != null) body.put("write_bandwidth", writeBandwidth);
    if (iops != null) body.put("iops", iops);
    if (blockSize != null) addBlockSize(body.putObject("block_size"), blockSize);
    if (rotational != null) body.put("rotational", rotational);
    if (multiConn != null) body.put("multi_conn", multiConn);
    if (resize != null) body.put("resize", resize);
  }

  private static void addAllow(ArrayNode array, List<String> words) {
    if (!words.equals(List.of("none"))) words.forEach(array::add);
  }

  private static void addBlockSize(ObjectNode sizes, String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 3)
      throw new Failure(
          ExitCode.USAGE, "--block-size takes MIN:PREFERRED:MAX, as in 512:4KiB:32MiB");
    sizes.put("minimum", parts[0]).put("preferred", parts[1]).put("maximum", parts[2]);
  }
}
