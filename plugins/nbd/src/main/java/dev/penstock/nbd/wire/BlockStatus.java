package dev.penstock.nbd.wire;

import java.util.Arrays;

/**
 * The state of a range, from its start: descriptors of a length and a state, none of them empty,
 * neighbours always different. Protocol document, "Metadata querying". One thread.
 */
public final class BlockStatus {
  /** Takes one descriptor. */
  @FunctionalInterface
  public interface Descriptor {
    void accept(long lengthBytes, int state);
  }

  private static final int DESCRIPTORS_AT_FIRST = 16;

  private final int descriptorsMax;
  private long[] lengths = new long[DESCRIPTORS_AT_FIRST];
  private int[] states = new int[DESCRIPTORS_AT_FIRST];
  private int descriptors;

  /**
   * An answer that still says nothing.
   *
   * @param descriptorsMax how many it may have; a client asks again for what was left out
   */
  public BlockStatus(int descriptorsMax) {
    this.descriptorsMax = descriptorsMax;
  }

  /**
   * Appends the state of the bytes that follow.
   *
   * @return whether there is room for another state
   */
  public boolean add(long lengthBytes, int state) {
    if (lengthBytes <= 0) return true;
    if (descriptors > 0 && states[descriptors - 1] == state) {
      lengths[descriptors - 1] += lengthBytes;
      return true;
    }
    if (descriptors == descriptorsMax) return false;
    if (descriptors == lengths.length) grow();
    lengths[descriptors] = lengthBytes;
    states[descriptors] = state;
    descriptors++;
    return true;
  }

  private void grow() {
    lengths = Arrays.copyOf(lengths, descriptors * 2);
    states = Arrays.copyOf(states, descriptors * 2);
  }

  /** How many descriptors there are. */
  public int descriptors() {
    return descriptors;
  }

  /** Hands out the descriptors in order. */
  public void each(Descriptor to) {
    for (int i = 0; i < descriptors; i++) to.accept(lengths[i], states[i]);
  }
}
