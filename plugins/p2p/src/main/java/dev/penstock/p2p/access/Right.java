package dev.penstock.p2p.access;

import java.util.Locale;
import java.util.Optional;

/** What somebody may do in a repository; each may do what those before it may. */
public enum Right {
  NONE,
  READ,
  APPEND,
  ALL;

  /** For messages. */
  public static final String EXAMPLES = "none, read, append or all";

  public static Optional<Right> parse(String text) {
    for (Right one : values()) if (one.word().equals(text)) return Optional.of(one);
    return Optional.empty();
  }

  /** As it is written in settings. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @param readersLock whether content may be locked by whoever may only read: it keeps others from
   *     removing it
   */
  public boolean allows(Operation operation, boolean readersLock) {
    return switch (operation) {
      case READ -> this != NONE;
      case LOCK -> compareTo(APPEND) >= 0 || (this == READ && readersLock);
      case WRITE -> compareTo(APPEND) >= 0;
      case REMOVE -> this == ALL;
    };
  }

  Right atLeast(Right other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
