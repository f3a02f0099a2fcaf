package dev.penstock.gateway.plugin;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes folders for unpacked archives, and takes them away with what is in them. */
final class Folders {
  private static final FileAttribute<?> OURS_ALONE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private Folders() {}

  /**
   * Makes a folder and those above it, for the eyes of this user alone.
   *
   * @return those that were not there, the innermost first
   */
  static List<Path> make(Path folder) throws IOException {
    List<Path> missing = new ArrayList<>();
    for (Path each = folder.toAbsolutePath();
        each != null && !Files.exists(each);
        each = each.getParent()) missing.add(each);
    Files.createDirectories(folder, OURS_ALONE);
    return List.copyOf(missing);
  }

  /** Takes away what {@link #make} made, as far as nobody has put anything into it since. */
  static void unmake(List<Path> made) throws IOException {
    try {
      for (Path folder : made) Files.deleteIfExists(folder);
    } catch (DirectoryNotEmptyException _) {
      // Somebody uses it, and so those above.
    }
  }

  /** Does not follow links. Harmless if there is no such folder. */
  static void remove(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) return;
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            if (failure != null) throw failure;
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
