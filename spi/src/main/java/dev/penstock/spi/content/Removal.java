package dev.penstock.spi.content;

import java.util.Set;

/**
 * What came of a removal.
 *
 * @param removed whether the content is not there any more; also if it never was
 * @param also the uuids of other repositories that it was removed from as well
 * @since SPI 1.0
 */
public record Removal(boolean removed, Set<String> also) {
  public static final Removal DONE = new Removal(true, Set.of());

  /** It is locked, or it is too late. */
  public static final Removal REFUSED = new Removal(false, Set.of());

  public Removal {
    also = Set.copyOf(also);
  }
}
