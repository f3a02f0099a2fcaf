package dev.penstock.volumes.claim;

/**
 * Grains side by side that a layer says the same of.
 *
 * @param first counted from the start of the volume
 * @param count at least 1
 */
public record Run(long first, long count, GrainState state) {
  /** The grain after the last one. */
  public long end() {
    return first + count;
  }

  /** Takes runs one by one, in order. */
  @FunctionalInterface
  public interface Sink {
    /**
     * @return false to be given no more
     */
    boolean accept(Run run);
  }
}
