package dev.penstock.gateway.state;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The file {@code GATEWAY} beside the state: whose state it is, in which format, and how far it had
 * got.
 *
 * <p>The state file alone cannot tell that its end is missing: it opens at the last version that is
 * whole. So the seal names the version that was acknowledged last. It is written after each commit
 * and not synced: after a killed process it is exact, after a power cut it may be behind, and never
 * ahead of what was synced.
 *
 * @param version that the state file had when it was last acknowledged; 0 before its first commit
 */
record StateSeal(int format, UUID gateway, long version) {
  static final int FORMAT = 1;
  static final String FILE = "GATEWAY";

  private static final Pattern NUMBER = Pattern.compile("penstock state format (\\d{1,6})\\b");
  private static final Pattern LINE =
      Pattern.compile(
          "penstock state format (\\d+) gateway ([0-9a-f-]{36}) version +(\\d+) crc32c"
              + " ([0-9a-f]{8})\n");

  static StateSeal fresh() {
    return new StateSeal(FORMAT, UUID.randomUUID(), 0);
  }

  StateSeal at(long version) {
    return new StateSeal(format, gateway, version);
  }

  /** Empty if there is none; {@link GatewayError.Damaged} if it cannot be read. */
  static Optional<StateSeal> read(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) return Optional.empty();
    try {
      String line = Files.readString(file);
      refuseNewer(file, line);
      Matcher fields = LINE.matcher(line);
      if (!fields.matches() || !crc(line).equals(fields.group(4)))
        throw new GatewayError.Damaged(
            "%s is truncated or was changed; restore the folder from a backup".formatted(file));
      return Optional.of(
          new StateSeal(FORMAT, UUID.fromString(fields.group(2)), Long.parseLong(fields.group(3))));
    } catch (IOException | NumberFormatException e) {
      throw new GatewayError.Damaged("%s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** Before anything else: a newer format may be laid out in another way after its number. */
  private static void refuseNewer(Path file, String line) {
    Matcher format = NUMBER.matcher(line);
    if (format.lookingAt() && Integer.parseInt(format.group(1)) > FORMAT)
      throw new GatewayError.Damaged(
          "%s has format %s, and this gateway reads up to %d; start the newer gateway that wrote it"
              .formatted(file, format.group(1), FORMAT));
  }

  /** The first seal of a folder, durable before there is anything to seal. */
  void create(Path folder) throws IOException {
    try (FileChannel channel = open(folder)) {
      write(channel);
      channel.force(true);
    }
    syncFolder(folder);
  }

  static void syncFolder(Path folder) throws IOException {
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  static FileChannel open(Path folder) throws IOException {
    return FileChannel.open(
        folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  /** One write of a length that never changes, within one sector: it is there or not. */
  void write(FileChannel channel) throws IOException {
    String body =
        "penstock state format %d gateway %s version %19d crc32c "
            .formatted(format, gateway, version);
    ByteBuffer line =
        ByteBuffer.wrap((body + crc(body) + "\n").getBytes(StandardCharsets.US_ASCII));
    if (channel.write(line, 0) < line.capacity())
      throw new GatewayError.NoSpace("no room for " + FILE);
  }

  private static String crc(String line) {
    CRC32C crc = new CRC32C();
    int end = line.indexOf("crc32c ") + "crc32c ".length();
    crc.update(line.substring(0, end).getBytes(StandardCharsets.US_ASCII));
    return "%08x".formatted(crc.getValue());
  }

  static GatewayError failed(Path folder, IOException e) {
    return new GatewayError.Failed(
        Scope.MODULE, "the state in %s cannot be written: %s".formatted(folder, e.getMessage()), e);
  }
}
