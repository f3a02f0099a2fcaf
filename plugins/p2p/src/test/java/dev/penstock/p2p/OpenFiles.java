package dev.penstock.p2p;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What descriptors this process has, by what they lead to: sockets and pipes without a number, and
 * without what it loads its own code from.
 */
public final class OpenFiles {
  private OpenFiles() {}

  public static Map<String, Integer> now() {
    Map<String, Integer> open = new TreeMap<>();
    for (Path one : descriptors()) {
      try {
        String to = Files.readSymbolicLink(one).toString();
        if (to.endsWith(".jar") || to.endsWith(".so")) continue;
        open.merge(to.replaceAll("\\[[0-9]+\\]$", ""), 1, Integer::sum);
      } catch (IOException _) {
        // That of the list itself, or one that was closed just now.
      }
    }
    return open;
  }

  private static List<Path> descriptors() {
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      entries.forEach(all::add);
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
