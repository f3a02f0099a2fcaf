package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.StoreFiles;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file {@code HOLDER}: one line that says who has the store. The lock decides, not this file:
 * what it says while nobody has the lock is out of date.
 */
final class Holder {
  private static final Pattern LINE = Pattern.compile("process (\\d+) since (\\S+)\n");

  private Holder() {}

  static byte[] encode(long pid, Instant since) {
    return "process %d since %s\n".formatted(pid, since).getBytes(StandardCharsets.UTF_8);
  }

  /** As words of a message. Never fails: a refusal is more important than its details. */
  static String read(Disk disk, StoreFiles files) {
    try {
      if (disk.exists(Layout.HOLDER)) {
        String line = new String(files.read(Layout.HOLDER), StandardCharsets.UTF_8);
        Matcher matcher = LINE.matcher(line);
        if (matcher.matches())
          return "process %s since %s".formatted(matcher.group(1), matcher.group(2));
      }
    } catch (GatewayError _) {
      // as if it said nothing
    }
    return "another process";
  }
}
