package dev.penstock.gateway.volume;

import java.util.Set;

/**
 * Whether a volume serves.
 *
 * <pre>
 *   SERVING ⇄ FREEZING ─► FROZEN ─► SERVING
 *      │ ▲                  │ ▲
 *      ▼ │                  ▼ │
 *     RETIRING ◄──────────────┘        one that fails goes back to where it began
 * </pre>
 */
public enum VolumeState {
  /** Open to users; perhaps nobody uses it. */
  SERVING,
  /** What is dirty is written while writes go on; then the writer is asked to hold still. */
  FREEZING,
  /** No write is under way, and everything written is durable. */
  FROZEN,
  /** Its users are being moved to another volume, which serves from then on. */
  RETIRING;

  /** Which states may follow. */
  Set<VolumeState> next() {
    return switch (this) {
      case SERVING -> Set.of(FREEZING, RETIRING);
      case FREEZING -> Set.of(FROZEN, SERVING);
      case FROZEN -> Set.of(SERVING, RETIRING);
      case RETIRING -> Set.of(SERVING, FROZEN);
    };
  }

  /** The state asked for, or {@link IllegalStateException} that names both. */
  VolumeState moveTo(VolumeState to) {
    if (!next().contains(to))
      throw new IllegalStateException("a volume does not go from %s to %s".formatted(this, to));
    return to;
  }
}
