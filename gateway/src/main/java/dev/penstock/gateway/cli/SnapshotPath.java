package dev.penstock.gateway.cli;

import dev.penstock.gateway.ExitCode;

/** Where the API has a snapshot that somebody typed as {@code demo@monday}. */
record SnapshotPath(String volume, String snapshot) {
  static SnapshotPath of(String typed) {
    String[] parts = typed.split("@", -1);
    if (parts.length == 2 && !parts[0].isEmpty() && !parts[1].isEmpty())
      return new SnapshotPath(parts[0], parts[1]);
    throw new Failure(
        ExitCode.USAGE, "\"%s\" names no snapshot; write VOLUME@SNAPSHOT".formatted(typed));
  }

  @Override
  public String toString() {
    return volume + "@" + snapshot;
  }

  String path() {
    return Group.path("volumes", volume) + "/snapshots/" + AdminClient.segment(snapshot);
  }

  String hold(String tag) {
    return path() + "/holds/" + AdminClient.segment(tag);
  }

  /** The other one, which must be of the same volume. */
  String other(String typed) {
    SnapshotPath other = of(typed);
    if (other.volume().equals(volume)) return AdminClient.segment(other.snapshot());
    throw new Failure(ExitCode.USAGE, "%s and %s are of two volumes".formatted(typed, this));
  }
}
