package dev.penstock.volumes.disk;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A directory of the local file system through Java's own library: reading, writing and syncing,
 * and nothing of {@link Facilities} but regions. For machines whose C library cannot be called.
 */
public final class JavaDisk implements Disk {
  private final Path root;

  public JavaDisk(Path root) {
    this.root = root.toAbsolutePath();
  }

  @Override
  public String called(String path) {
    return at(path).toString();
  }

  private Path at(String path) {
    return path.isEmpty() ? root : root.resolve(path);
  }

  @Override
  public boolean exists(String path) {
    return Files.exists(at(path), LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public List<String> list(String directory) {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(at(directory))) {
      for (Path entry : entries) names.add(String.valueOf(entry.getFileName()));
    } catch (DirectoryIteratorException e) {
      throw error("list", directory, new IOException(e));
    } catch (IOException e) {
      throw error("list", directory, e);
    }
    names.sort(null);
    return names;
  }

  @Override
  public DiskFile open(String path, Opening how) {
    Set<StandardOpenOption> options =
        switch (how) {
          case EXISTING -> Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
          case NEW ->
              Set.of(
                  StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
          case EITHER ->
              Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        };
    try {
      return new JavaFile(at(path), FileChannel.open(at(path), options));
    } catch (IOException e) {
      throw error("open", path, e);
    }
  }

  @Override
  public void makeDirectory(String path) {
    tell("make directory", path, () -> Files.createDirectory(at(path)));
  }

  @Override
  public void rename(String from, String to) {
    tell("rename", from, () -> Files.move(at(from), at(to), StandardCopyOption.ATOMIC_MOVE));
  }

  @Override
  public void unlink(String path) {
    tell("unlink", path, () -> Files.delete(at(path)));
  }

  @Override
  public void removeDirectory(String path) {
    tell("remove directory", path, () -> Files.delete(at(path)));
  }

  @Override
  public void syncDirectory(String path) {
    tell(
        "sync directory",
        path,
        () -> {
          try (FileChannel directory = FileChannel.open(at(path), StandardOpenOption.READ)) {
            directory.force(true);
          }
        });
  }

  @Override
  public long freeBytes() {
    try {
      return Files.getFileStore(root).getUsableSpace();
    } catch (IOException e) {
      throw error("free space of", "", e);
    }
  }

  private interface Action {
    void run() throws IOException;
  }

  private void tell(String doing, String path, Action action) {
    try {
      action.run();
    } catch (IOException e) {
      throw error(doing, path, e);
    }
  }

  private GatewayError error(String doing, String path, IOException e) {
    return error(doing, at(path), e);
  }

  /** Java keeps the number of an error to itself: the words are all there is to tell by. */
  static GatewayError error(String doing, Path path, IOException e) {
    String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    String what = "%s %s: %s".formatted(doing, path, why);
    boolean full =
        why.contains("No space left on device")
            || why.contains("Disk quota exceeded")
            || why.contains("File too large");
    return full
        ? new GatewayError.NoSpace(what + "; make room on its file system")
        : new GatewayError.Failed(Scope.RESOURCE, what, e);
  }
}
