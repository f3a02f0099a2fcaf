package dev.penstock.p2p.disk;

import static dev.penstock.p2p.disk.Errno.EEXIST;
import static dev.penstock.p2p.disk.Errno.ENAMETOOLONG;
import static dev.penstock.p2p.disk.Errno.ENOENT;
import static dev.penstock.p2p.disk.Errno.ENOTDIR;
import static dev.penstock.p2p.disk.Errno.ENOTEMPTY;

import dev.penstock.spi.GatewayError;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The file systems of this machine, through the C library. */
public final class LinuxDisk implements Disk {
  private static final int FILE_MODE = 0666;
  private static final int DIRECTORY_MODE = 0777;

  @Override
  public Optional<Stat> stat(RawPath path) {
    return switch (Libc.stat(path)) {
      case Libc.Look.Seen(Stat stat) -> Optional.of(stat);
      case Libc.Look.Failed(int errno) when isNothing(errno) -> Optional.empty();
      case Libc.Look.Failed(int errno) -> throw Errno.error(errno, "look at", path);
    };
  }

  @Override
  public Optional<OpenFile> open(RawPath path, Opening how) {
    int flags =
        switch (how) {
          case READ -> Libc.O_RDONLY;
          case EXISTING -> Libc.O_RDWR;
          case EITHER -> Libc.O_RDWR | Libc.O_CREAT;
          case NEW -> Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL;
        };
    int descriptor = Libc.open(path, flags, FILE_MODE);
    if (descriptor >= 0) return Optional.of(OpenFile.of(path, descriptor, how != Opening.READ));
    boolean none =
        switch (how) {
          case READ, EXISTING -> isNothing(-descriptor);
          case EITHER -> false;
          case NEW -> -descriptor == EEXIST;
        };
    if (none) return Optional.empty();
    if (-descriptor == ENOENT) throw missing("open", path);
    throw Errno.error(-descriptor, "open", path);
  }

  @Override
  public boolean makeDirectory(RawPath path) {
    int answer = Libc.mkdir(path, DIRECTORY_MODE);
    if (-answer == EEXIST) return false;
    require(answer, "make directory", path);
    return true;
  }

  @Override
  public void rename(RawPath from, RawPath to) {
    require(Libc.rename(from, to), "rename to", to);
  }

  @Override
  public boolean unlink(RawPath path) {
    int answer = Libc.unlink(path);
    if (isNothing(-answer)) return false;
    require(answer, "remove", path);
    return true;
  }

  @Override
  public boolean removeDirectory(RawPath path) {
    int answer = Libc.rmdir(path);
    if (-answer == ENOTEMPTY || -answer == EEXIST) return false;
    if (!isNothing(-answer)) require(answer, "remove directory", path);
    return true;
  }

  @Override
  public void mode(RawPath path, int mode) {
    require(Libc.chmod(path, mode), "change permissions of", path);
  }

  @Override
  public void sync(FileChannel file, RawPath path) {
    try {
      file.force(true);
    } catch (IOException e) {
      throw Errno.error(e, "sync", path);
    }
  }

  @Override
  public void syncDirectory(RawPath path) {
    int descriptor = Libc.open(path, Libc.O_RDONLY, 0);
    require(descriptor, "open", path);
    int answer = Libc.fsync(descriptor);
    Libc.close(descriptor);
    require(answer, "sync directory", path);
  }

  @Override
  public List<String> list(RawPath directory) {
    int descriptor = Libc.open(directory, Libc.O_RDONLY, 0);
    if (isNothing(-descriptor)) return List.of();
    require(descriptor, "open", directory);
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(Path.of("/proc/self/fd/" + descriptor))) {
      for (Path entry : entries) names.add(String.valueOf(entry.getFileName()));
      return names;
    } catch (DirectoryIteratorException e) {
      throw Errno.error(new IOException(e), "list", directory);
    } catch (IOException e) {
      throw Errno.error(e, "list", directory);
    } finally {
      Libc.close(descriptor);
    }
  }

  /** There is nothing of this name; nor can there be if it is too long. */
  private static boolean isNothing(int errno) {
    return errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG;
  }

  private static void require(int answer, String doing, RawPath path) {
    if (-answer == ENOENT) throw missing(doing, path);
    if (answer < 0) throw Errno.error(-answer, doing, path);
  }

  private static GatewayError missing(String doing, RawPath path) {
    return new GatewayError.NotFound("%s %s: it is not there".formatted(doing, path));
  }
}
