package dev.penstock.gateway.listen;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The process that listens on an address, as far as {@code /proc} lets us see: other users'
 * processes are hidden from all but root.
 *
 * @param pid 0 if somebody listens whom we may not see
 */
record SocketHolder(long pid, String command) {
  private static final Path PROC = Path.of("/proc");
  private static final String LISTENS = "0A";
  private static final String ACCEPTS = "00010000";

  static Optional<SocketHolder> ofPort(int port) {
    String hex = ":%04X".formatted(port);
    return Stream.of("net/tcp", "net/tcp6")
        .flatMap(table -> lines(PROC.resolve(table)).stream().skip(1))
        .map(line -> line.strip().split("\\s+"))
        .filter(f -> f.length > 9 && f[1].endsWith(hex) && f[3].equals(LISTENS))
        .findFirst()
        .map(f -> ofInode(f[9]));
  }

  /** The address of a TCP socket that listens, as the kernel writes it. */
  static Optional<String> listeningPort(String inode) {
    return Stream.of("net/tcp", "net/tcp6")
        .flatMap(table -> lines(PROC.resolve(table)).stream().skip(1))
        .map(line -> line.strip().split("\\s+"))
        .filter(f -> f.length > 9 && f[9].equals(inode) && f[3].equals(LISTENS))
        .findFirst()
        .map(f -> f[1]);
  }

  /** The path of a unix socket that listens. */
  static Optional<Path> listeningPath(String inode) {
    return lines(PROC.resolve("net/unix")).stream()
        .map(line -> line.strip().split("\\s+", 8))
        .filter(f -> f.length == 8 && f[6].equals(inode) && f[3].equals(ACCEPTS))
        .filter(f -> f[7].startsWith("/"))
        .findFirst()
        .map(f -> Path.of(f[7]));
  }

  static Optional<SocketHolder> ofUnixPath(Path path) {
    return lines(PROC.resolve("net/unix")).stream()
        .map(line -> line.strip().split("\\s+", 8))
        .filter(f -> f.length == 8 && f[3].equals(ACCEPTS) && f[7].equals(path.toString()))
        .findFirst()
        .map(f -> ofInode(f[6]));
  }

  @Override
  public String toString() {
    return pid == 0 ? "a process of another user" : "%s (pid %d)".formatted(command, pid);
  }

  private static SocketHolder ofInode(String inode) {
    String link = "socket:[%s]".formatted(inode);
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes)
        if (holds(process, link)) {
          String command = String.join("", lines(process.resolve("comm"))).strip();
          return new SocketHolder(
              Long.parseLong(process.getFileName().toString()),
              command.isEmpty() ? "a process" : command.toLowerCase(Locale.ROOT));
        }
    } catch (IOException _) {
      // No /proc: the refusal stays without a name.
    }
    return new SocketHolder(0, "");
  }

  private static boolean holds(Path process, String link) {
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : descriptors)
        if (Files.readSymbolicLink(descriptor).toString().equals(link)) return true;
    } catch (IOException _) {
      // Ended meanwhile, or somebody else's.
    }
    return false;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException _) {
      return List.of();
    }
  }
}
