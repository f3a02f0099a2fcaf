package dev.penstock.volumes.manifest;

import java.util.UUID;
import java.util.function.Supplier;

/**
 * What has to be unlike everything else. Tests decide what: with the same guids the same history
 * takes the same course.
 */
public final class Guids {
  /** Decides within a call; outside of all such calls they are random. */
  public static final ScopedValue<Supplier<UUID>> DECIDED = ScopedValue.newInstance();

  private Guids() {}

  public static UUID next() {
    return DECIDED.isBound() ? DECIDED.get().get() : UUID.randomUUID();
  }
}
