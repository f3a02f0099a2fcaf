package dev.penstock.replication.trigger;

/**
 * Whether a job that runs on snapshots runs. A snapshot that is taken during a run is not skipped,
 * since that run may have planned without it: another run follows, one for however many there were.
 */
public enum Arrivals {
  IDLE,
  RUNNING,
  /** It runs, and will once more. */
  RUNNING_AND_WANTED;

  /** A snapshot was taken. The job is to be started if this was {@link #IDLE}. */
  public Arrivals arrived() {
    return this == IDLE ? RUNNING : RUNNING_AND_WANTED;
  }

  /**
   * The run is over, however it ended. It is to be started again if the answer is {@link #RUNNING}.
   */
  public Arrivals ended() {
    return this == RUNNING_AND_WANTED ? RUNNING : IDLE;
  }
}
