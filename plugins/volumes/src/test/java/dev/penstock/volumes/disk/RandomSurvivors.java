package dev.penstock.volumes.disk;

import java.util.BitSet;
import java.util.random.RandomGenerator;

/** Any subset: now and then nothing or everything, few or most, or up to some moment. */
public final class RandomSurvivors implements Surviving {
  private final RandomGenerator random;

  /**
   * @param random decides; the same numbers leave the same things
   */
  public RandomSurvivors(RandomGenerator random) {
    this.random = random;
  }

  @Override
  public BitSet among(int count) {
    BitSet left = new BitSet(count);
    if (count == 0) return left;
    switch (random.nextInt(6)) {
      case 0 -> {}
      case 1 -> left.set(0, count);
      case 2 -> left.set(0, random.nextInt(count + 1));
      case 3 -> left.set(random.nextInt(count), count);
      default -> {
        int percent = 5 + random.nextInt(91);
        for (int i = 0; i < count; i++) left.set(i, random.nextInt(100) < percent);
      }
    }
    return left;
  }

  @Override
  public int prefix(int count) {
    return random.nextInt(count + 1);
  }
}
