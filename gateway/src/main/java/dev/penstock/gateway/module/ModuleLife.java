package dev.penstock.gateway.module;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Where a module stands.
 *
 * <pre>
 *   STOPPED ──► STARTING ──► RUNNING ──► STOPPING ──► STOPPED
 *                  │ ▲                       │
 *                  ▼ │                       │
 *                FAILED ◄────────────────────┘
 * </pre>
 *
 * A module that failed can also be stopped: its failure is then forgotten, and it is not tried
 * again.
 */
public enum ModuleLife {
  /** Nothing of it is there, because nobody wants it or it was not started yet. */
  STOPPED,
  /** Its {@code start} was called and has not completed. */
  STARTING,
  /** It serves. */
  RUNNING,
  /** Its {@code stop} was called and has not completed. */
  STOPPING,
  /** It could not start, or did not stop in time. It has a reason. */
  FAILED;

  private static final Map<ModuleLife, Set<ModuleLife>> MOVES =
      new EnumMap<>(
          Map.of(
              STOPPED, EnumSet.of(STARTING),
              STARTING, EnumSet.of(RUNNING, FAILED),
              RUNNING, EnumSet.of(STOPPING),
              STOPPING, EnumSet.of(STOPPED, FAILED),
              FAILED, EnumSet.of(STARTING, STOPPED)));

  public boolean mayBecome(ModuleLife next) {
    return MOVES.getOrDefault(this, Set.of()).contains(next);
  }

  /** The next state itself. Throws {@link IllegalStateException} that names both, if it is none. */
  ModuleLife become(ModuleLife next) {
    if (!mayBecome(next))
      throw new IllegalStateException("a module that is %s cannot become %s".formatted(this, next));
    return next;
  }
}
