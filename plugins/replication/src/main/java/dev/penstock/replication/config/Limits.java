package dev.penstock.replication.config;

import java.time.Duration;

/** What no setting may go beyond, and the sizes of what a module keeps. */
public final class Limits {
  private Limits() {}

  /** Each may have connections and a root of its own; a site has a handful. */
  public static final int PEERS_MAX = 64;

  /** Each has a timetable and a history that the module's state keeps. */
  public static final int JOBS_MAX = 256;

  /** More steps at once than this only wait for the same disk and the same line. */
  public static final int STEPS_MAX = 64;

  /** Beyond this the trouble does not go away by itself. */
  public static final int ATTEMPTS_MAX = 100;

  /** Below this a record of 1 MiB takes longer than a peer waits. */
  public static final long BANDWIDTH_MIN = 64 << 10;

  /** Far beyond any network of today, and small enough to calculate with. */
  public static final long BANDWIDTH_MAX = 1L << 40;

  /** A run lists all snapshots of all volumes at both sides: seconds on a large store. */
  public static final Duration EVERY_MIN = Duration.ofSeconds(10);

  /** A year: with more nobody would know whether the job still works. */
  public static final Duration EVERY_MAX = Duration.ofDays(366);

  /** A year: whoever has not moved its clients by then does not know of them any more. */
  public static final Duration FORWARD_MAX = Duration.ofDays(366);

  /** Verifying reads everything. */
  public static final Duration VERIFY_MIN = Duration.ofHours(1);

  /** Shorter limits are met by a busy disk. */
  public static final Duration LIMIT_MIN = Duration.ofSeconds(1);

  public static final Duration LIMIT_MAX = Duration.ofDays(1);

  /** Names of peers, jobs and anchors: they are parts of the tags that hold snapshots. */
  public static final int NAME_CHARACTERS_MAX = 48;

  /** A prefix that leaves room for a volume's name of its own. */
  public static final int PREFIX_CHARACTERS_MAX = 64;
}
