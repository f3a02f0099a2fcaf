package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who has a key's content: lines {@code <unixtime>s 1|0|X UUID}, of which the newest of a uuid
 * counts. Source: git-annex's {@code doc/internals}, "location log".
 */
final class LocationLog {
  private static final Pattern LINE = Pattern.compile("(\\d{1,18})(\\.\\d+)?s ([01X]) (\\S+)");

  private LocationLog() {}

  private record Own(long seconds, String state) {}

  /**
   * The log with what is true of a repository now. Everything that others wrote stays, be it
   * understood or not. Empty if it says so already.
   *
   * @param nowSeconds unless the log has a later line of that repository: then it is one more
   */
  static Optional<byte[]> with(byte[] log, String uuid, boolean present, long nowSeconds) {
    List<String> others = new ArrayList<>();
    Own newest = new Own(-1, "");
    for (String line : new String(log, ISO_8859_1).split("\n", -1)) {
      Matcher parts = LINE.matcher(line);
      if (!parts.matches() || !parts.group(4).equals(uuid)) {
        if (!line.isEmpty()) others.add(line);
        continue;
      }
      long seconds = Long.parseLong(parts.group(1));
      if (seconds >= newest.seconds()) newest = new Own(seconds, parts.group(3));
    }
    String state = present ? "1" : "0";
    if (newest.state().equals(state)) return Optional.empty();
    others.add("%ds %s %s".formatted(Math.max(nowSeconds, newest.seconds() + 1), state, uuid));
    return Optional.of((String.join("\n", others) + "\n").getBytes(ISO_8859_1));
  }
}
