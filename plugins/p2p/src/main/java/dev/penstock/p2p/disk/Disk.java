package dev.penstock.p2p.disk;

import dev.penstock.spi.GatewayError;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Optional;

/**
 * The calls on files that a repository is kept with. Each does one thing, so that a test can end
 * the process before any of them.
 *
 * <p><b>Threads.</b> Any that may block. <b>Errors.</b> {@link GatewayError.NoSpace}, {@link
 * GatewayError.Denied} where permissions forbid it, {@link GatewayError.Invalid} for a name that is
 * too long, {@link GatewayError.Failed} otherwise.
 */
public interface Disk {
  /** How a file is opened. */
  enum Opening {
    /** For reading. */
    READ,
    /** For reading and writing; it has to be there. */
    EXISTING,
    /** For reading and writing; made if it is not there. */
    EITHER,
    /** For reading and writing; it must not be there. */
    NEW
  }

  /** Follows links. Empty if there is nothing, or nothing can have this name. */
  Optional<Stat> stat(RawPath path);

  /** Empty if there is nothing to open, or, for {@link Opening#NEW}, if there is something. */
  Optional<OpenFile> open(RawPath path, Opening how);

  /** Whether it was not there before. {@link GatewayError.NotFound} without a parent. */
  boolean makeDirectory(RawPath path);

  /** Replaces what is there. {@link GatewayError.NotFound} if either directory is not there. */
  void rename(RawPath from, RawPath to);

  /** Whether it was there. */
  boolean unlink(RawPath path);

  /** Whether it is not there any more: one that is not empty stays. */
  boolean removeDirectory(RawPath path);

  /** Sets the permissions. {@link GatewayError.NotFound} if it is not there. */
  void mode(RawPath path, int mode);

  /** What is in a file is durable then. */
  void sync(FileChannel file, RawPath path);

  /** Which names are in a directory is durable then. */
  void syncDirectory(RawPath path);

  /** The names in a directory, none if there is no such. What no locale can say is garbled. */
  List<String> list(RawPath directory);

  /** Makes a directory and those above it that are missing, durably. */
  default void makeDirectories(RawPath path) {
    if (stat(path).isPresent()) return;
    RawPath above = path.parent();
    if (!above.equals(path)) makeDirectories(above);
    if (makeDirectory(path)) syncDirectory(above);
  }

  /** All of a small file; empty if it is not there. */
  default Optional<byte[]> read(RawPath path) {
    Optional<OpenFile> opened = open(path, Opening.READ);
    if (opened.isEmpty()) return Optional.empty();
    try (OpenFile file = opened.get()) {
      return Optional.of(file.readAll());
    }
  }

  /** A file of these bytes takes the place of what is there, at once and durably. */
  default void replace(RawPath path, byte[] bytes, RawPath by) {
    unlink(by);
    try (OpenFile file = open(by, Opening.EITHER).orElseThrow()) {
      file.writeAll(bytes);
      sync(file.channel(), by);
    }
    rename(by, path);
    syncDirectory(path.parent());
  }
}
