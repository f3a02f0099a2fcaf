package dev.penstock.gateway.admin;

import dev.penstock.gateway.config.AdminSocket;
import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The folder of the admin socket: whoever may write there can put a socket of his own in place. */
final class AdminFolder {
  private static final int STICKY = 01000;
  private static final int OTHERS_WRITE = 0002;

  private AdminFolder() {}

  /** Makes the folder for this user alone, or refuses one that somebody else could tamper with. */
  static Future<Void> prepare(Vertx vertx, Path socket) {
    Path folder = socket.toAbsolutePath().getParent();
    if (folder == null) return Future.succeededFuture();
    return vertx
        .executeBlocking(() -> {
          prepare(folder);
          return folder;
        })
        .mapEmpty();
  }

  private static void prepare(Path folder) {
    try {
      if (Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) make(folder);
      else refuseUnsafe(folder.toRealPath());
    } catch (IOException e) {
      throw new GatewayError.Failed(
          GatewayError.Scope.MODULE,
          "the folder %s of the admin socket cannot be used (%s): make it, or set admin.socket"
              .formatted(folder, e),
          e);
    }
  }

  private static void make(Path folder) throws IOException {
    Path parent = folder.getParent();
    if (parent != null) Files.createDirectories(parent);
    Files.createDirectory(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private static void refuseUnsafe(Path folder) throws IOException {
    int owner = (Integer) Files.getAttribute(folder, "unix:uid");
    int mode = (Integer) Files.getAttribute(folder, "unix:mode");
    boolean ownedWell = owner == 0 || owner == AdminSocket.uid();
    boolean othersMayReplace = (mode & OTHERS_WRITE) != 0 && (mode & STICKY) == 0;
    if (!ownedWell || othersMayReplace)
      throw new GatewayError.Denied(
          "the folder %s of the admin socket can be changed by another user: set admin.socket to a folder of your own"
              .formatted(folder));
  }
}
