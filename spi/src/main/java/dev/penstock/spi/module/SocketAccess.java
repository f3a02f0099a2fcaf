package dev.penstock.spi.module;

import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Who may reach a unix socket: the mode, owner and group of its file. Whoever may write to it may
 * connect.
 *
 * @param owner a user's name; empty for the gateway's own. Giving a file away takes root
 * @param group a group's name; empty for the gateway's own. Others take being a member, or root
 * @since SPI 1.0
 */
public record SocketAccess(
    Set<PosixFilePermission> mode, Optional<String> owner, Optional<String> group) {

  /** The gateway's own user alone: mode 0600. */
  public static final SocketAccess OWNER_ALONE =
      new SocketAccess(
          EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE),
          Optional.empty(),
          Optional.empty());

  public SocketAccess {
    mode = Set.copyOf(mode);
  }

  /** Reads {@code 0660} or {@code 660}; empty if it is no mode. */
  public static Optional<Set<PosixFilePermission>> mode(String octal) {
    if (!octal.matches("0?[0-7]{3}")) return Optional.empty();
    int bits = Integer.parseInt(octal, 8);
    Set<PosixFilePermission> mode = EnumSet.noneOf(PosixFilePermission.class);
    // Declared from the owner's read to the others' execute: from the highest bit to the lowest.
    PosixFilePermission[] highestFirst = PosixFilePermission.values();
    for (int i = 0; i < highestFirst.length; i++)
      if ((bits & (0400 >> i)) != 0) mode.add(highestFirst[i]);
    return Optional.of(mode);
  }
}
