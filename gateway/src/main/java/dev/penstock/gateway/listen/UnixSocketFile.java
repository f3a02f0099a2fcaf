package dev.penstock.gateway.listen;

import dev.penstock.gateway.lock.PathLock;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.SocketAccess;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The file of a unix socket, from taking its path to giving it back.
 *
 * <p>A lock beside it decides who may have the path, so that two processes that find the same
 * left-over socket cannot both replace it. The socket is bound in a folder that nobody else can
 * enter, gets its mode there, and is renamed to its path only then: nobody ever connects to a
 * socket that is not yet closed to strangers, and a left-over is replaced in one step.
 */
final class UnixSocketFile implements AutoCloseable {
  private final Path path;
  private final PathLock lock;
  private final Path privateFolder;
  private Optional<Key> published = Optional.empty();

  private UnixSocketFile(Path path, PathLock lock, Path privateFolder) {
    this.path = path;
    this.lock = lock;
    this.privateFolder = privateFolder;
  }

  /** Takes the path, or says who has it: {@link GatewayError.Conflict}. */
  static UnixSocketFile take(Path wanted) {
    Path path = wanted.toAbsolutePath().normalize();
    int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > ListenAddress.UNIX_PATH_BYTES_MAX)
      throw new GatewayError.Invalid(
          "unix:%s has %d bytes; the path of a unix socket has at most %d"
              .formatted(path, bytes, ListenAddress.UNIX_PATH_BYTES_MAX));
    try {
      Path folder = parent(path);
      if (!Files.exists(folder))
        Files.createDirectory(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      PathLock lock =
          PathLock.take(folder.resolve("." + path.getFileName() + ".lock"), "unix:" + path);
      try {
        refuseIfInUse(path);
        // Short: the whole path has to fit sun_path as well.
        Path privateFolder = Files.createTempDirectory(folder, ".");
        return new UnixSocketFile(path, lock, privateFolder);
      } catch (IOException | GatewayError e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new GatewayError.Failed(
          Scope.MODULE, "cannot make unix:%s: %s".formatted(path, reason(e)), e);
    }
  }

  Path bindPath() {
    return privateFolder.resolve("s");
  }

  /** The server is bound: lets the socket appear under its own path, closed as it shall be. */
  void publish(SocketAccess access) {
    try {
      give(bindPath(), access);
      Key key = key(bindPath());
      Files.move(
          bindPath(), path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      published = Optional.of(key);
      Files.deleteIfExists(privateFolder);
    } catch (IOException e) {
      throw new GatewayError.Failed(
          Scope.MODULE, "cannot make unix:%s appear: %s".formatted(path, reason(e)), e);
    }
  }

  private void give(Path socket, SocketAccess access) throws IOException {
    var attributes = Files.getFileAttributeView(socket, PosixFileAttributeView.class);
    try {
      var names = socket.getFileSystem().getUserPrincipalLookupService();
      if (access.owner().isPresent())
        attributes.setOwner(names.lookupPrincipalByName(access.owner().get()));
      if (access.group().isPresent())
        attributes.setGroup(names.lookupPrincipalByGroupName(access.group().get()));
    } catch (UserPrincipalNotFoundException e) {
      throw new GatewayError.Invalid(
          "unix:%s cannot be given to %s: this machine does not know them"
              .formatted(path, e.getName()));
    } catch (FileSystemException e) {
      throw new GatewayError.Denied(
          "unix:%s cannot be given away (%s): the gateway's user has to be a member of the group, and root to change the owner"
              .formatted(path, e.getReason()));
    }
    attributes.setPermissions(access.mode()); // last: giving a file away clears bits of its mode
  }

  /** Removes the socket, if it is still ours, and gives the path back. Harmless twice. */
  @Override
  public void close() {
    try {
      Files.deleteIfExists(bindPath());
      Files.deleteIfExists(privateFolder);
      if (published.isPresent()
          && Files.exists(path, LinkOption.NOFOLLOW_LINKS)
          && published.get().equals(key(path))) Files.delete(path);
      published = Optional.empty();
    } catch (NoSuchFileException _) {
      // Somebody removed it before us.
    } catch (IOException e) {
      throw new GatewayError.Failed(
          Scope.RESOURCE, "cannot remove unix:%s: %s".formatted(path, reason(e)), e);
    } finally {
      lock.close();
    }
  }

  private static void refuseIfInUse(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) return;
    if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isOther())
      throw new GatewayError.Conflict(
          "%s is in the way and is no socket; move it, or listen elsewhere".formatted(path));
    if (!answers(path)) return;
    String holder =
        SocketHolder.ofUnixPath(path).map(SocketHolder::toString).orElse("another process");
    throw new GatewayError.Conflict(
        "unix:%s is in use by %s; stop it, or listen elsewhere".formatted(path, holder));
  }

  /** A socket that nobody listens on refuses: what a killed process left behind. */
  private static boolean answers(Path path) {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      // A full backlog answers EAGAIN at once instead of waiting.
      probe.configureBlocking(false);
      probe.connect(UnixDomainSocketAddress.of(path));
      return true;
    } catch (IOException e) {
      return !String.valueOf(e.getMessage()).contains("Connection refused");
    }
  }

  /** Which file this is. The number of an inode alone is given again as soon as it is free. */
  private record Key(@Nullable Object inode, FileTime madeAt) {}

  private static Key key(Path file) throws IOException {
    var attributes =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return new Key(attributes.fileKey(), attributes.lastModifiedTime());
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    return parent == null ? Path.of("/") : parent;
  }

  private static String reason(IOException e) {
    return "%s (%s)".formatted(e.getMessage(), e.getClass().getSimpleName());
  }
}
