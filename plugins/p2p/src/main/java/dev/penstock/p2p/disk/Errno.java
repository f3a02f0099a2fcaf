package dev.penstock.p2p.disk;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Linux' error numbers, and what they are to whoever asked. */
final class Errno {
  static final int ENOENT = 2;
  static final int EEXIST = 17;
  static final int ENOTDIR = 20;
  static final int ENAMETOOLONG = 36;
  static final int ENOTEMPTY = 39;

  /** Files are closed when transfers end: soon. */
  private static final Duration FILES_LOOK_AGAIN = Duration.ofSeconds(5);

  private Errno() {}

  static GatewayError error(int errno, String doing, Object path) {
    String what = "%s %s: %s".formatted(doing, path, describe(errno));
    return switch (errno) {
      case 28, 122 -> noSpace(what);
      case 27 -> new GatewayError.NoSpace(what + "; its file system takes no file of this size");
      case 1, 13, 30 -> new GatewayError.Denied(what + "; let the gateway's user write there");
      case ENAMETOOLONG -> new GatewayError.Invalid(what + "; no file can have this name");
      case 23, 24 ->
          new GatewayError.Unavailable(
              Scope.REQUEST, FILES_LOOK_AGAIN, what + "; raise the limit on open files");
      default -> new GatewayError.Failed(Scope.RESOURCE, what);
    };
  }

  /** Java keeps the number of an error to itself: the words are all there is to tell by. */
  static GatewayError error(IOException e, String doing, Object path) {
    String why = Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
    String what = "%s %s: %s".formatted(doing, path, why);
    boolean full =
        why.contains("No space left on device")
            || why.contains("Disk quota exceeded")
            || why.contains("File too large");
    return full ? noSpace(what) : new GatewayError.Failed(Scope.RESOURCE, what, e);
  }

  private static GatewayError noSpace(String what) {
    return new GatewayError.NoSpace(what + "; make room on its file system");
  }

  private static String describe(int errno) {
    return switch (errno) {
      case 1 -> "not permitted (EPERM)";
      case ENOENT -> "no such file or directory (ENOENT)";
      case 5 -> "input/output error (EIO)";
      case 13 -> "permission denied (EACCES)";
      case 16 -> "busy (EBUSY)";
      case EEXIST -> "it exists (EEXIST)";
      case 18 -> "on another file system (EXDEV)";
      case ENOTDIR -> "not a directory (ENOTDIR)";
      case 21 -> "a directory (EISDIR)";
      case 23 -> "too many open files in the system (ENFILE)";
      case 24 -> "too many open files in this process (EMFILE)";
      case 27 -> "file too large (EFBIG)";
      case 28 -> "no space left on the device (ENOSPC)";
      case 30 -> "read-only file system (EROFS)";
      case ENAMETOOLONG -> "name too long (ENAMETOOLONG)";
      case ENOTEMPTY -> "directory not empty (ENOTEMPTY)";
      case 116 -> "stale file handle (ESTALE)";
      case 122 -> "disk quota exceeded (EDQUOT)";
      default -> "error " + errno;
    };
  }
}
