package dev.penstock.volumes.linux;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.time.Duration;

/** Linux' error numbers: the same on every architecture that {@link Libc} knows. */
final class Errno {
  static final int EINTR = 4;
  static final int ENXIO = 6;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int EINVAL = 22;
  static final int ENFILE = 23;
  static final int EMFILE = 24;
  static final int EFBIG = 27;
  static final int ENOSPC = 28;
  static final int ENOLCK = 37;
  static final int ENOSYS = 38;
  static final int EOPNOTSUPP = 95;
  static final int EDQUOT = 122;

  /** Files are closed when connections and volumes are: soon, or when somebody sees to it. */
  private static final Duration FILES_LOOK_AGAIN = Duration.ofSeconds(5);

  private Errno() {}

  /** The file system does not know the call, or knows it and does not offer it. */
  static boolean unsupported(int errno) {
    return errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL;
  }

  static boolean noSpace(int errno) {
    return errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  }

  /** What an operator reads: what was done, to what, and how it ended. */
  static GatewayError error(int errno, String doing, String path) {
    String what = "%s %s: %s".formatted(doing, path, describe(errno));
    return switch (errno) {
      case ENOSPC, EDQUOT -> new GatewayError.NoSpace(what + "; make room on its file system");
      case EFBIG -> new GatewayError.NoSpace(what + "; its file system takes no file of this size");
      case EMFILE, ENFILE ->
          new GatewayError.Unavailable(
              Scope.REQUEST, FILES_LOOK_AGAIN, what + "; raise the limit on open files");
      default -> new GatewayError.Failed(Scope.RESOURCE, what);
    };
  }

  static String describe(int errno) {
    return switch (errno) {
      case 1 -> "not permitted (EPERM)";
      case 2 -> "no such file or directory (ENOENT)";
      case EINTR -> "interrupted (EINTR)";
      case 5 -> "input/output error (EIO)";
      case ENXIO -> "no such device or address (ENXIO)";
      case 9 -> "bad file descriptor (EBADF)";
      case EAGAIN -> "would block (EAGAIN)";
      case 12 -> "out of memory (ENOMEM)";
      case EACCES -> "permission denied (EACCES)";
      case 16 -> "busy (EBUSY)";
      case 17 -> "it exists (EEXIST)";
      case 18 -> "on another file system (EXDEV)";
      case 20 -> "not a directory (ENOTDIR)";
      case 21 -> "a directory (EISDIR)";
      case EINVAL -> "invalid argument (EINVAL)";
      case ENFILE -> "too many open files in the system (ENFILE)";
      case EMFILE -> "too many open files in this process (EMFILE)";
      case EFBIG -> "file too large (EFBIG)";
      case ENOSPC -> "no space left on the device (ENOSPC)";
      case 30 -> "read-only file system (EROFS)";
      case 31 -> "too many links (EMLINK)";
      case 36 -> "name too long (ENAMETOOLONG)";
      case ENOLCK -> "no locks available (ENOLCK)";
      case ENOSYS -> "not known to this kernel (ENOSYS)";
      case 39 -> "directory not empty (ENOTEMPTY)";
      case 40 -> "too many symbolic links (ELOOP)";
      case 74 -> "bad message: a checksum of the file system (EBADMSG)";
      case EOPNOTSUPP -> "not supported (EOPNOTSUPP)";
      case 116 -> "stale file handle (ESTALE)";
      case 117 -> "file system needs cleaning (EUCLEAN)";
      case EDQUOT -> "disk quota exceeded (EDQUOT)";
      default -> "error " + errno;
    };
  }
}
