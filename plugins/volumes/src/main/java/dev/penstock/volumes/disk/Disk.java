package dev.penstock.volumes.disk;

import java.util.List;

/**
 * The files under one directory: the store's only way to the disk, so that a test can put a disk
 * underneath that loses power at any call.
 *
 * <p><b>Paths</b> are relative to the directory, parts divided by {@code /}; the empty path is the
 * directory itself. <b>Threads.</b> Any; calls block. <b>Units.</b> Bytes.
 *
 * <p><b>Durability.</b> Nothing is durable before the call that says so: {@link #syncDirectory} for
 * what was made, renamed or removed in a directory, {@link DiskFile#sync} for a file's bytes and
 * size. A rename is atomic: after a power cut there is the one or the other, never neither.
 *
 * <p><b>Errors.</b> {@link dev.penstock.spi.GatewayError.NoSpace} if the file system or a quota is
 * full; {@link dev.penstock.spi.GatewayError.Failed}, with the name of the error and the path, for
 * anything else.
 */
public interface Disk {
  /** How a file is opened. */
  enum Opening {
    /** It has to be there. */
    EXISTING,
    /** It must not be there, and begins empty. */
    NEW,
    /** It begins empty if it was not there. */
    EITHER
  }

  /** What messages call the path: the whole of it. */
  String called(String path);

  boolean exists(String path);

  /** The names in a directory, sorted, without {@code .} and {@code ..}. */
  List<String> list(String directory);

  /** Opens for reading and writing. Whoever opens it closes it. */
  DiskFile open(String path, Opening how);

  void makeDirectory(String path);

  /** Replaces a file at {@code to}; a directory there has to be empty. Within one directory. */
  void rename(String from, String to);

  void unlink(String path);

  /** The directory has to be empty. */
  void removeDirectory(String path);

  /** Returns when the names in the directory survive a power cut. */
  void syncDirectory(String path);

  /** What an ordinary user could still write, about. */
  long freeBytes();
}
