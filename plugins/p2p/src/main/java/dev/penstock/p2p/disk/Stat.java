package dev.penstock.p2p.disk;

/**
 * What the file system says of a file.
 *
 * @param mode the permissions and what kind of file it is, as {@code st_mode}
 * @param changedAtNanos when its bytes changed last, by the file system's clock
 */
public record Stat(long inode, int mode, long links, long sizeBytes, long changedAtNanos) {
  private static final int KIND = 0170000;
  private static final int DIRECTORY = 0040000;
  private static final int REGULAR = 0100000;
  private static final int WRITABLE = 0222;

  public boolean isFile() {
    return (mode & KIND) == REGULAR;
  }

  public boolean isDirectory() {
    return (mode & KIND) == DIRECTORY;
  }

  /** Whether anybody's permissions allow to change it. */
  public boolean isWritable() {
    return (mode & WRITABLE) != 0;
  }

  /** Whether the bytes are those that they were, as far as one can tell without reading them. */
  public boolean sameBytes(Stat other) {
    return inode == other.inode
        && sizeBytes == other.sizeBytes
        && changedAtNanos == other.changedAtNanos;
  }
}
