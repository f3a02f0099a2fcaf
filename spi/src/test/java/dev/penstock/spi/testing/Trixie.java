package dev.penstock.spi.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The programs of a newer Debian, in a chroot that {@code .ci/run} makes: for what the installed
 * ones cannot do. Where it is, the environment variable {@code PENSTOCK_TRIXIE} says.
 *
 * <p>They share the machine's loopback network, and of its files only {@link #folder}s. There is no
 * {@code /proc}.
 */
public final class Trixie {
  private static final Path ROOT =
      Path.of(
          Optional.ofNullable(System.getenv("PENSTOCK_TRIXIE"))
              .orElse("/var/lib/penstock-peers/trixie"));

  private Trixie() {}

  /**
   * What {@link Peer} runs instead of {@code command}. Skips or fails the test, as a peer that is
   * missing does, if there is no chroot or this is not root.
   *
   * @param command with the paths that a {@link Folder} has inside
   */
  public static Object[] command(Object... command) {
    requireRoot();
    return Stream.concat(Stream.of("chroot", ROOT), Stream.of(command)).toArray();
  }

  /** As {@link Peer#python}, with its newer libnbd. */
  public static Peer.Result python(String script, Object... arguments) {
    Object[] python = {"/usr/bin/python3", "-c", script};
    return Peer.run(command(Stream.concat(Stream.of(python), Stream.of(arguments)).toArray()));
  }

  /** A new folder that they see as well, for files and unix sockets. */
  public static Folder folder() {
    requireRoot();
    try {
      return new Folder(Files.createTempDirectory(ROOT.resolve("tmp"), "penstock"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Lends a program of theirs to processes outside, which run it where they are; that is in a
   * {@link Folder}.
   *
   * @param into a folder for their {@code PATH}
   */
  public static void lend(Path into, String program) {
    requireRoot();
    try {
      Path root = ROOT.toRealPath();
      String script =
          """
          #!/bin/sh
          here=$(pwd -P)
          exec chroot %1$s /usr/bin/env -i PATH=/usr/bin:/bin HOME=/tmp LC_ALL=C.UTF-8 \\
            GIT_AUTHOR_NAME=penstock GIT_AUTHOR_EMAIL=p@localhost \\
            GIT_COMMITTER_NAME=penstock GIT_COMMITTER_EMAIL=p@localhost "EDITOR=$EDITOR" \\
            sh -c 'cd "$0" && exec %2$s "$@"' "${here#%1$s}" "$@"
          """
              .formatted(root, program);
      Path file = Files.writeString(Files.createDirectories(into).resolve(program), script);
      if (!file.toFile().setExecutable(true)) throw new IOException("cannot change " + file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void requireRoot() {
    if (!Files.exists(ROOT.resolve("penstock-peers")))
      Peer.unavailable("there is no chroot in %s: .ci/run makes it, as root".formatted(ROOT));
    if (!System.getProperty("user.name").equals("root"))
      Peer.unavailable("a chroot is root's: run the tests as root");
  }

  /** A folder with two names; it is gone once it is closed. */
  public record Folder(Path path) implements AutoCloseable {
    /** What is called {@code name} in it, as this process and its children name it. */
    public Path file(String name) {
      return path.resolve(name);
    }

    /** The same, as the programs in the chroot name it. */
    public Path inside(String name) {
      return Path.of("/").resolve(ROOT.relativize(file(name)));
    }

    @Override
    public void close() {
      try (Stream<Path> all = Files.walk(path)) {
        List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
        // git-annex has folders of which not even root may delete without the right capability.
        for (Path one : deepestFirst)
          if (Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS)) one.toFile().setWritable(true);
        for (Path one : deepestFirst) Files.deleteIfExists(one);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
