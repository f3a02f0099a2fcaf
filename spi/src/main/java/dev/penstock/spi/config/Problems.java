package dev.penstock.spi.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Everything that is wrong with a configuration, collected in one pass so that an operator mends it
 * in one pass.
 *
 * <p><b>Threads.</b> One at a time.
 *
 * @since SPI 1.0
 */
public final class Problems {
  /** One thing to mend: where, and what. */
  public record Problem(Mark at, String what) {
    @Override
    public String toString() {
      return at + ": " + what;
    }
  }

  private final List<Problem> found = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();

  /** Notes a problem. {@code what} names the key, the value found, and what would be right. */
  public void add(Mark at, String what) {
    found.add(new Problem(at, what));
  }

  /** Notes what is no mistake and may be trouble: it is told, and keeps nothing from starting. */
  public void warn(Mark at, String what) {
    warnings.add(new Problem(at, what));
  }

  public int count() {
    return found.size();
  }

  public boolean isEmpty() {
    return found.isEmpty();
  }

  /** In the order of the file. */
  public List<Problem> inOrder() {
    return inOrder(found);
  }

  /** In the order of the file. */
  public List<Problem> warnings() {
    return inOrder(warnings);
  }

  private static List<Problem> inOrder(List<Problem> noted) {
    return noted.stream()
        .sorted(
            Comparator.comparing((Problem p) -> p.at().file()).thenComparingInt(p -> p.at().line()))
        .toList();
  }
}
