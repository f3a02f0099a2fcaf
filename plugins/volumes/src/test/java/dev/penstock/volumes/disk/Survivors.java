package dev.penstock.volumes.disk;

/** Which of the things that were not synced a power cut leaves. */
public enum Survivors {
  NONE,
  ALL,
  ONLY_THE_FIRST,
  ALL_BUT_THE_FIRST,
  EVERY_OTHER;

  boolean include(int index) {
    return switch (this) {
      case NONE -> false;
      case ALL -> true;
      case ONLY_THE_FIRST -> index == 0;
      case ALL_BUT_THE_FIRST -> index > 0;
      case EVERY_OTHER -> index % 2 == 1;
    };
  }

  /** How many of {@code count} things survive if they can only survive in order. */
  int prefix(int count) {
    return switch (this) {
      case NONE -> 0;
      case ALL -> count;
      case ONLY_THE_FIRST -> Math.min(1, count);
      case ALL_BUT_THE_FIRST -> Math.max(0, count - 1);
      case EVERY_OTHER -> count / 2;
    };
  }
}
