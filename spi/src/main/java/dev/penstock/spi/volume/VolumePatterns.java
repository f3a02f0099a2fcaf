package dev.penstock.spi.volume;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which volumes are meant: {@code [vm-*, "!vm-scratch*", vm-scratch-7]}. Of the patterns that fit a
 * name the last decides; one that begins with {@code !} leaves out. A name that none fits is not
 * meant. {@code *} is any number of characters, also none, {@code ?} is one.
 *
 * @since SPI 1.0
 */
public final class VolumePatterns {
  private record Line(String pattern, boolean leavesOut) {
    boolean fits(String name) {
      return VolumePatterns.fits(pattern, name);
    }

    @Override
    public String toString() {
      return leavesOut ? "!" + pattern : pattern;
    }
  }

  /** What a volume's name is made of, and the two that stand for others. */
  private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9._*?-]+");

  private static final String NOT = "!";

  private final List<Line> lines;

  private VolumePatterns(List<Line> lines) {
    this.lines = List.copyOf(lines);
  }

  /** No volume. */
  public static final VolumePatterns NONE = new VolumePatterns(List.of());

  /** One volume, and no other. */
  public static VolumePatterns only(String volume) {
    return new VolumePatterns(List.of(new Line(VolumeName.require(volume), false)));
  }

  /**
   * Reads the list under a key, which must be there. What is no pattern, and what leaves something
   * out before anything is let in, goes to {@code problems}; then the answer is not to be used.
   */
  public static VolumePatterns read(Block block, String key, Problems problems) {
    if (!block.has(key)) {
      problems.add(
          block.at(),
          "%s: %s is missing; it takes a list of patterns such as [vm-*, \"!vm-scratch*\"], or \"*\" for every volume"
              .formatted(block.name(), key));
      return NONE;
    }
    int before = problems.count();
    List<Line> lines = new ArrayList<>();
    for (Setting.Text text : block.texts(key, List.of(), problems))
      lines.add(line(block.name() + ": " + key, text, problems));
    if (problems.count() > before) return NONE;
    if (lines.isEmpty())
      problems.add(
          block.at(key), "%s: %s has no pattern: it means no volume".formatted(block.name(), key));
    else if (lines.getFirst().leavesOut())
      problems.add(
          block.at(key),
          "%s: %s begins with %s, which has nothing to leave anything out of: begin with a pattern that lets volumes in, such as \"*\""
              .formatted(block.name(), key, lines.getFirst()));
    return problems.count() > before ? NONE : new VolumePatterns(lines);
  }

  private static Line line(String where, Setting.Text text, Problems problems) {
    boolean leavesOut = text.text().startsWith(NOT);
    String pattern = leavesOut ? text.text().substring(NOT.length()) : text.text();
    if (!ALLOWED.matcher(pattern).matches())
      problems.add(
          text.at(),
          "%s: \"%s\" fits no volume: a pattern takes letters, digits, '.', '_', '-', '*' and '?', after a '!' if it leaves volumes out"
              .formatted(where, text.text()));
    return new Line(pattern, leavesOut);
  }

  public boolean mean(String volume) {
    for (Line line : lines.reversed()) if (line.fits(volume)) return !line.leavesOut();
    return false;
  }

  /** Whether one that lets volumes in is this very name. */
  public boolean name(String volume) {
    return lines.stream().anyMatch(line -> !line.leavesOut() && line.pattern().equals(volume));
  }

  /** Goes back to the last star only, so that no pattern takes long. */
  private static boolean fits(String pattern, String name) {
    int p = 0;
    int n = 0;
    int star = -1;
    int taken = 0;
    while (n < name.length()) {
      char wanted = p < pattern.length() ? pattern.charAt(p) : 0;
      if (wanted == '*') {
        star = p++;
        taken = n;
      } else if (wanted == '?' || wanted == name.charAt(n)) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++taken;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') p++;
    return p == pattern.length();
  }

  /** As it was written: {@code vm-*, !vm-scratch*}. */
  @Override
  public String toString() {
    return lines.stream().map(Line::toString).collect(Collectors.joining(", "));
  }
}
