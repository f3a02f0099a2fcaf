package dev.penstock.pruner.rule;

import dev.penstock.pruner.rule.Grid.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A grid as it is written: {@code 1x1h(keep=all) | 24x1h | 14x1d}.
 *
 * <pre>
 *   spec     = interval { "|" interval }
 *   interval = COUNT "x" LENGTH UNIT [ "(" "keep" "=" ( N | "all" ) ")" ]
 *   UNIT     = "s" | "m" | "h" | "d" | "w"
 * </pre>
 *
 * Blanks may stand between any two of these. Without {@code keep} one is kept; {@code -1} is {@code
 * all}. No interval is shorter than the one before it, unless all before it keep everything: the
 * oldest of a longer bucket would be gone before it gets there.
 */
final class GridSpec {
  /** Why a text is no grid. */
  enum Fault {
    FORMAT,
    FACTOR_NOT_POSITIVE,
    LENGTH_NOT_POSITIVE,
    KEEP_NOT_POSITIVE,
    KEEP_NOT_A_NUMBER,
    UNKNOWN_PARAMETER,
    BAD_UNIT,
    LENGTH_DECREASES,
    /**
     * A number with more digits than {@link #DIGITS_MAX}, or a length above {@link #LENGTH_MAX}.
     */
    TOO_LARGE
  }

  /** What is wrong, for code and for people. */
  static final class NoGrid extends Exception {
    private static final long serialVersionUID = 1;
    private final Fault fault;

    private NoGrid(Fault fault, String what) {
      super(what);
      this.fault = fault;
    }

    Fault fault() {
      return fault;
    }
  }

  /** Of a count or a length. */
  private static final int DIGITS_MAX = 6;

  /** Longer makes no sense, and would not fit into nanoseconds. */
  private static final Duration LENGTH_MAX = Duration.ofDays(36_500);

  private static final Pattern INTERVAL =
      Pattern.compile(
          "\\s*(?<count>\\d+)\\s*x\\s*(?<length>\\d+)\\s*(?<unit>[A-Za-z]+)\\s*"
              + "(\\(\\s*(?<name>[^=()\\s]+)\\s*=\\s*(?<value>[^()]*?)\\s*\\)\\s*)?");
  private static final Pattern NUMBER = Pattern.compile("-?\\d+");

  private GridSpec() {}

  static List<Run> parse(String text) throws NoGrid {
    List<Run> runs = new ArrayList<>();
    for (String interval : text.split("\\|", -1)) runs.add(run(interval));
    for (int i = 1; i < runs.size(); i++) {
      Run before = runs.get(i - 1);
      boolean shorter = runs.get(i).length().compareTo(before.length()) < 0;
      if (shorter && runs.subList(0, i).stream().anyMatch(run -> run.keep() != Grid.ALL))
        throw new NoGrid(
            Fault.LENGTH_DECREASES,
            "\"%s\" is shorter than the interval before it, which does not keep all"
                .formatted(text.split("\\|", -1)[i].strip()));
    }
    return List.copyOf(runs);
  }

  private static Run run(String interval) throws NoGrid {
    Matcher parts = INTERVAL.matcher(interval);
    if (!parts.matches())
      throw new NoGrid(
          Fault.FORMAT,
          "\"%s\" is no interval, as 24x1h or 1x1h(keep=all) are".formatted(interval.strip()));
    int count = positive(parts.group("count"), Fault.FACTOR_NOT_POSITIVE, interval);
    int length = positive(parts.group("length"), Fault.LENGTH_NOT_POSITIVE, interval);
    Duration whole = unit(parts.group("unit"), interval).multipliedBy(length);
    if (whole.compareTo(LENGTH_MAX) > 0)
      throw new NoGrid(
          Fault.TOO_LARGE,
          "\"%s\" is longer than %d days".formatted(interval.strip(), LENGTH_MAX.toDays()));
    return new Run(count, whole, keep(parts, interval));
  }

  private static int positive(String digits, Fault zero, String interval) throws NoGrid {
    if (digits.length() > DIGITS_MAX)
      throw new NoGrid(
          Fault.TOO_LARGE,
          "\"%s\" has a number of more than %d digits".formatted(interval.strip(), DIGITS_MAX));
    int number = Integer.parseInt(digits);
    if (number < 1)
      throw new NoGrid(zero, "\"%s\" has a 0; it takes 1 or more".formatted(interval.strip()));
    return number;
  }

  private static Duration unit(String unit, String interval) throws NoGrid {
    return switch (unit) {
      case "s" -> Duration.ofSeconds(1);
      case "m" -> Duration.ofMinutes(1);
      case "h" -> Duration.ofHours(1);
      case "d" -> Duration.ofDays(1);
      case "w" -> Duration.ofDays(7);
      default ->
          throw new NoGrid(
              Fault.BAD_UNIT,
              "\"%s\" has the unit %s; it takes s, m, h, d or w".formatted(interval.strip(), unit));
    };
  }

  private static int keep(Matcher parts, String interval) throws NoGrid {
    String name = parts.group("name");
    if (name == null) return 1;
    if (!name.equals("keep"))
      throw new NoGrid(
          Fault.UNKNOWN_PARAMETER,
          "\"%s\" has %s; it takes keep alone".formatted(interval.strip(), name));
    String value = parts.group("value");
    if (value.equals("all") || value.equals("-1")) return Grid.ALL;
    if (!NUMBER.matcher(value).matches())
      throw new NoGrid(
          Fault.KEEP_NOT_A_NUMBER,
          "\"%s\" keeps \"%s\"; it takes a number, or all".formatted(interval.strip(), value));
    if (value.startsWith("-"))
      throw new NoGrid(
          Fault.KEEP_NOT_POSITIVE,
          "\"%s\" keeps %s; it takes 1 or more, or all".formatted(interval.strip(), value));
    return positive(value, Fault.KEEP_NOT_POSITIVE, interval);
  }
}
