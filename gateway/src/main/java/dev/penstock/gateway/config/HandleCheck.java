package dev.penstock.gateway.config;

import dev.penstock.spi.config.Problems.Problem;
import dev.penstock.spi.module.FileHandles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether the process may have as many file handles as its limits allow to be open. More is no
 * mistake, since not all limits are reached at once; but who is refused then should not learn it in
 * production.
 */
final class HandleCheck {
  /** For the gateway itself: archives, logs, state, event loops, and volumes that are open. */
  static final long OWN = 512;

  /** The soft limit, which the JVM has raised to the hard one by the time that this is read. */
  private static final Pattern LINE = Pattern.compile("Max open files\\s+(\\d+|unlimited)\\s.*");

  private HandleCheck() {}

  /** What this process may have; empty if it cannot be told, or is without limit. */
  static OptionalLong limit() {
    return limit(Path.of("/proc/self/limits"));
  }

  static OptionalLong limit(Path limits) {
    try {
      for (String line : Files.readAllLines(limits)) {
        Matcher found = LINE.matcher(line);
        if (found.matches() && !found.group(1).equals("unlimited"))
          return OptionalLong.of(Long.parseLong(found.group(1)));
      }
    } catch (IOException _) {
      // No Linux, or not allowed: then nothing can be said.
    }
    return OptionalLong.empty();
  }

  /** At the setting that allows most, if all of them together are too many. */
  static List<Problem> warnings(List<FileHandles> allowed, OptionalLong limit) {
    long all = OWN + allowed.stream().mapToLong(FileHandles::most).sum();
    if (limit.isEmpty() || all <= limit.getAsLong()) return List.of();
    return allowed.stream()
        .max(Comparator.comparingLong(FileHandles::most))
        .map(most ->
            new Problem(
                most.at(),
                "%d %s, and %d file handles in all, are allowed here, but a process may have %d: raise that to %d (systemd: LimitNOFILE=%d; a shell: ulimit -n %d), or lower this"
                    .formatted(most.most(), most.what(), all, limit.getAsLong(), all, all, all)))
        .stream()
        .toList();
  }
}
