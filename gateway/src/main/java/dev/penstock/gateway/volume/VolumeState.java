package dev.penstock.gateway.volume;

import java.util.Set;

/**
 * Where a volume is between serving and having been handed over.
 *
 * <pre>
 *   SERVING ⇄ FREEZING ─► FROZEN ─► SERVING
 *      │  ▲                 │ ▲
 *      ▼  │                 ▼ │
 *     RETIRING ◄────────────┘ │        a retirement that fails goes back to where it began
 *      │   └──────────────────┘
 *      ▼
 *     RETIRED
 * </pre>
 */
public enum VolumeState {
  /** Open to users; perhaps nobody uses it. */
  SERVING,
  /** What is dirty is written while writes go on; then the writer is asked to hold still. */
  FREEZING,
  /** No write is under way, and everything written is durable. */
  FROZEN,
  /** Its users are being moved to the successor. */
  RETIRING,
  /** Its users use the successor. It is not opened again until its store is. */
  RETIRED;

  /** Which states may follow. */
  Set<VolumeState> next() {
    return switch (this) {
      case SERVING -> Set.of(FREEZING, RETIRING);
      case FREEZING -> Set.of(FROZEN, SERVING);
      case FROZEN -> Set.of(SERVING, RETIRING);
      case RETIRING -> Set.of(RETIRED, SERVING, FROZEN);
      case RETIRED -> Set.of();
    };
  }

  /** The state asked for, or {@link IllegalStateException} that names both. */
  VolumeState moveTo(VolumeState to) {
    if (!next().contains(to))
      throw new IllegalStateException("a volume does not go from %s to %s".formatted(this, to));
    return to;
  }
}
