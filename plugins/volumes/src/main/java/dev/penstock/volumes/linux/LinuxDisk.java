package dev.penstock.volumes.linux;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.DiskFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntBiFunction;

/** A directory of the local file system through the C library, with every error by its name. */
public final class LinuxDisk implements Disk {
  private static final int FILE_MODE = 0600; // volumes are nobody else's to read
  private static final int DIRECTORY_MODE = 0700;

  /** How Java itself turns a path into the bytes that the kernel sees. */
  private static final Charset PATHS =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"), StandardCharsets.UTF_8);

  private final ScratchPool pool = new ScratchPool();
  private final Path root;

  private LinuxDisk(Path root) {
    this.root = root;
  }

  /** Empty on a machine whose C library is not known here, or may not be called. */
  public static Optional<Disk> at(Path root) {
    return usable() ? Optional.of(new LinuxDisk(root.toAbsolutePath())) : Optional.empty();
  }

  private static boolean usable() {
    if (!Libc.knowsThisMachine()) return false;
    try (Arena arena = Arena.ofConfined()) {
      Scratch scratch = new Scratch(0);
      int fd = Libc.open(scratch, arena.allocateFrom("/"), Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
      return fd >= 0 && Libc.close(scratch, fd) == 0;
    } catch (LinkageError | RuntimeException _) { // a missing symbol, or native access is denied
      return false;
    }
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
    } catch (IOException | DirectoryIteratorException e) {
      throw new GatewayError.Failed(
          Scope.RESOURCE, "list %s: %s".formatted(called(directory), e.getMessage()), e);
    }
    names.sort(null);
    return names;
  }

  @Override
  public DiskFile open(String path, Opening how) {
    int flags =
        switch (how) {
          case EXISTING -> 0;
          case NEW -> Libc.O_CREAT | Libc.O_EXCL;
          case EITHER -> Libc.O_CREAT;
        };
    return new LinuxFile(this, pool, called(path), openDescriptor(path, Libc.O_RDWR | flags));
  }

  /** A second descriptor of a file: it has its own record of the errors it was told about. */
  int openDescriptor(String path, int flags) {
    return withPath(
        path,
        "open",
        (scratch, name) -> Libc.open(scratch, name, flags | Libc.O_CLOEXEC, FILE_MODE));
  }

  @Override
  public void makeDirectory(String path) {
    withPath(path, "make directory", (scratch, name) -> Libc.mkdir(scratch, name, DIRECTORY_MODE));
  }

  @Override
  public void rename(String from, String to) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocateFrom(called(to), PATHS);
      withPath(from, "rename", (scratch, source) -> Libc.rename(scratch, source, target));
    }
  }

  @Override
  public void unlink(String path) {
    withPath(path, "unlink", Libc::unlink);
  }

  @Override
  public void removeDirectory(String path) {
    withPath(path, "remove directory", Libc::rmdir);
  }

  @Override
  public void syncDirectory(String path) {
    int fd = openDescriptor(path, Libc.O_RDONLY);
    Scratch scratch = pool.borrow();
    try {
      if (Libc.fsync(scratch, fd) < 0)
        throw Errno.error(scratch.errno(), "sync directory", called(path));
    } finally {
      Libc.close(scratch, fd);
      pool.giveBack(scratch);
    }
  }

  @Override
  public long freeBytes() {
    try {
      return Files.getFileStore(root).getUsableSpace();
    } catch (IOException e) {
      throw new GatewayError.Failed(
          Scope.RESOURCE, "free space of %s: %s".formatted(root, e.getMessage()), e);
    }
  }

  private int withPath(String path, String doing, ToIntBiFunction<Scratch, MemorySegment> call) {
    Scratch scratch = pool.borrow();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(called(path), PATHS);
      int answer;
      do answer = call.applyAsInt(scratch, name);
      while (answer < 0 && scratch.errno() == Errno.EINTR);
      if (answer < 0) throw Errno.error(scratch.errno(), doing, called(path));
      return answer;
    } finally {
      pool.giveBack(scratch);
    }
  }
}
