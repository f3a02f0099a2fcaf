package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.JavaDisk;
import dev.penstock.volumes.linux.LinuxDisk;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The directory that the settings name, made if it may be, and the way to the files in it. */
final class StoreDirectory {
  private StoreDirectory() {}

  static Disk disk(StoreSettings settings) {
    Path path = settings.path();
    if (!Files.isDirectory(path)) make(path, settings);
    return diskAt(path, settings.nativeCalls());
  }

  private static Disk diskAt(Path path, boolean nativeCalls) {
    return nativeCalls
        ? LinuxDisk.at(path).orElseGet(() -> new JavaDisk(path))
        : new JavaDisk(path);
  }

  private static void make(Path path, StoreSettings settings) {
    Path parent = path.getParent();
    if (parent == null) return; // the root is there, and is refused as a path
    if (!Files.isDirectory(parent)) {
      if (!settings.createParents())
        throw new GatewayError.Invalid(
            "%s is missing, so the store %s is not made there; make it, or set create_parents: true"
                .formatted(parent, path.getFileName()));
      make(parent, settings);
    }
    try {
      Files.createDirectory(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      diskAt(parent, settings.nativeCalls()).syncDirectory("");
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(path))
        throw new GatewayError.Invalid("%s is a file, not a directory".formatted(path));
    } catch (IOException e) {
      throw new GatewayError.Failed(
          Scope.MODULE, "make directory %s: %s".formatted(path, e.getMessage()), e);
    }
  }
}
