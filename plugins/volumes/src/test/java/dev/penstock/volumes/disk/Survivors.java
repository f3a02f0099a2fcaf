package dev.penstock.volumes.disk;

import java.util.BitSet;

/** Which of the things that were not synced a power cut leaves: the same ones each time. */
public enum Survivors implements Surviving {
  NONE,
  ALL,
  ONLY_THE_FIRST,
  ALL_BUT_THE_FIRST,
  EVERY_OTHER;

  private boolean include(int index) {
    return switch (this) {
      case NONE -> false;
      case ALL -> true;
      case ONLY_THE_FIRST -> index == 0;
      case ALL_BUT_THE_FIRST -> index > 0;
      case EVERY_OTHER -> index % 2 == 1;
    };
  }

  @Override
  public BitSet among(int count) {
    BitSet left = new BitSet(count);
    for (int i = 0; i < count; i++) left.set(i, include(i));
    return left;
  }

  @Override
  public int prefix(int count) {
    return switch (this) {
      case NONE -> 0;
      case ALL -> count;
      case ONLY_THE_FIRST -> Math.min(1, count);
      case ALL_BUT_THE_FIRST -> Math.max(0, count - 1);
      case EVERY_OTHER -> count / 2;
    };
  }
}
