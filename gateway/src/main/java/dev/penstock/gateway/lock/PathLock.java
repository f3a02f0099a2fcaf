package dev.penstock.gateway.lock;

import static java.util.Objects.requireNonNull;

import dev.penstock.spi.GatewayError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A lock file whose text names its holder. The file stays when the lock is given back: whoever
 * removes a lock file can remove one that somebody else has just locked.
 */
public final class PathLock implements AutoCloseable {
  /**
   * The locks of this process. The kernel keeps record locks per process, and drops them when any
   * descriptor of the file is closed: a second attempt of our own must not even open it.
   */
  private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;

  private PathLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes the lock, or throws {@link GatewayError.Conflict} that names who has it.
   *
   * @param what the lock stands for, and begins the refusal: "unix:/run/a.sock", "the state in
   *     /var/lib"
   */
  public static PathLock take(Path lockFile, String what) throws IOException {
    // By its real folder: under two names it would be opened twice, and the lock dropped.
    Path folder = requireNonNull(lockFile.toAbsolutePath().normalize().getParent(), "no folder");
    Path file = folder.toRealPath().resolve(requireNonNull(lockFile.getFileName(), "no name"));
    if (!OURS.add(file))
      throw inUse(what, "this process (pid " + ProcessHandle.current().pid() + ")");
    try {
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        if (channel.tryLock() == null) throw inUse(what, Files.readString(file).strip());
        channel.truncate(0);
        channel.write(
            ByteBuffer.wrap(
                "pid %d\n"
                    .formatted(ProcessHandle.current().pid())
                    .getBytes(StandardCharsets.UTF_8)));
        return new PathLock(file, channel);
      } catch (IOException | GatewayError e) {
        channel.close();
        throw e;
      }
    } catch (IOException | GatewayError e) {
      OURS.remove(file);
      throw e;
    }
  }

  private static GatewayError inUse(String what, String holder) {
    return new GatewayError.Conflict(
        "%s is in use by %s; stop that one first".formatted(what, holder));
  }

  /** Harmless twice. */
  @Override
  public void close() {
    if (!channel.isOpen()) return; // it may be somebody else's by now
    try {
      channel.close();
    } catch (IOException _) {
      // The lock is gone with the descriptor, whatever close says.
    }
    OURS.remove(file);
  }
}
