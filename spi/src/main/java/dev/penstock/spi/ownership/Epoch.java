package dev.penstock.spi.ownership;

import java.util.Comparator;
import java.util.UUID;

/**
 * One term of ownership of a volume. Each offer to hand it over uses up a new number, also one that
 * comes to nothing; so of two epochs the higher is the later one. Two of one number and of
 * different migrations can come only from a promotion by force: a fork.
 *
 * @param number from 0
 * @param migration which hand-over it is or was to begin by
 * @since SPI 1.0
 */
public record Epoch(long number, UUID migration) implements Comparable<Epoch> {
  private static final Comparator<Epoch> ORDER =
      Comparator.comparingLong(Epoch::number).thenComparing(Epoch::migration);

  /** That of a volume which was never offered to anybody. */
  public static final Epoch FIRST = new Epoch(0, new UUID(0, 0));

  public Epoch {
    if (number < 0) throw new IllegalArgumentException("an epoch has a number from 0: " + number);
  }

  /** The one that a migration offers after this. */
  public Epoch next(UUID migration) {
    return new Epoch(Math.addExact(number, 1), migration);
  }

  /** Whether this begins later: by its number alone. */
  public boolean isPast(Epoch other) {
    return number > other.number;
  }

  /** Whether both claim to be the same term. */
  public boolean forks(Epoch other) {
    return number == other.number && !migration.equals(other.migration);
  }

  @Override
  public int compareTo(Epoch other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return number + "/" + migration;
  }
}
