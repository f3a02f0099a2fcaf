package dev.penstock.gateway.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The folder that the build runs in, and what is in it. */
public final class Repository {
  private Repository() {}

  /** The folder of the parent POM: the tests run in a module of it. */
  public static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (folder != null) {
      if (Files.isRegularFile(folder.resolve("LICENSE"))
          && Files.isDirectory(folder.resolve("spi"))) return folder;
      folder = folder.getParent();
    }
    throw new AssertionError(
        "the tests run outside the repository: " + Path.of("").toAbsolutePath());
  }

  /** The plugins of this repository, by the names of their folders. */
  static List<String> plugins() {
    return list(root().resolve("plugins")).stream()
        .filter(folder -> Files.isRegularFile(folder.resolve("pom.xml")))
        .map(folder -> folder.getFileName().toString())
        .sorted()
        .toList();
  }

  /** Files that end so, but for what a build or a tool has made. */
  static List<Path> files(String ending) {
    List<Path> found = new ArrayList<>();
    try {
      Files.walkFileTree(
          root(),
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
              String name = folder.getFileName().toString();
              boolean made = name.equals("target") || (name.startsWith(".") && !name.equals(".ci"));
              return made ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (file.toString().endsWith(ending)) found.add(file);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  public static String read(String file) {
    try {
      return Files.readString(root().resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<Path> list(Path folder) {
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
