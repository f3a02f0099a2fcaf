package dev.penstock.pruner.rule;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.volume.SnapshotInfo;
import java.util.BitSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Which snapshots a rule is for: those in whose names the expression is found, anywhere. */
record NamePattern(Pattern pattern) {
  static final String KEY = "regex";

  /** Found in every name. */
  static final NamePattern EVERY = new NamePattern(Pattern.compile(""));

  /** The one under {@code regex}; every name, if there is none. */
  static NamePattern read(Block block, Problems problems) {
    String text = block.text(KEY, "", problems);
    try {
      return new NamePattern(Pattern.compile(text));
    } catch (PatternSyntaxException e) {
      problems.add(
          block.at(KEY),
          "%s: %s is \"%s\", which is no regular expression: %s near its character %d"
              .formatted(block.name(), KEY, text, e.getDescription(), e.getIndex() + 1));
      return EVERY;
    }
  }

  boolean fits(SnapshotInfo snapshot) {
    return pattern.matcher(snapshot.name()).find();
  }

  BitSet in(Series series) {
    if (!pattern.pattern().isEmpty()) return series.where(this::fits);
    return series.allBut(new BitSet());
  }
}
