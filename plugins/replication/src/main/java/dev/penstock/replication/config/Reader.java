package dev.penstock.replication.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Nearest;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.volume.VolumeName;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads settings of a block that have a range or a choice. What is outside of it is a problem, and
 * then as if it were missing.
 */
record Reader(Block block, Problems problems) {
  /** Says what is wrong with a key. */
  void problem(String key, String what) {
    problems.add(block.at(key), "%s: %s".formatted(block.name(), what));
  }

  Duration time(String key, Duration otherwise, Duration least, Duration most) {
    Duration time = block.duration(key, otherwise, problems);
    if (time.compareTo(least) >= 0 && time.compareTo(most) <= 0) return time;
    problem(key, "%s is %s; it takes %s to %s".formatted(key, text(time), text(least), text(most)));
    return otherwise;
  }

  /** As it would be written. */
  static String text(Duration time) {
    if (time.toMillis() % 1000 != 0) return time.toMillis() + "ms";
    if (time.toSeconds() % 86_400 == 0 && !time.isZero()) return time.toDays() + "d";
    return time.toSeconds() + "s";
  }

  /** From 1 to {@code most}. */
  int count(String key, int otherwise, int most) {
    int count = block.integer(key, otherwise, problems);
    if (count >= 1 && count <= most) return count;
    problem(key, "%s is %d; it takes 1 to %d".formatted(key, count, most));
    return otherwise;
  }

  /** Bytes a second; 0 for no limit. */
  long bandwidth(String key) {
    long rate = block.bytes(key, 0, problems);
    if (rate == 0 || (rate >= Limits.BANDWIDTH_MIN && rate <= Limits.BANDWIDTH_MAX)) return rate;
    problem(
        key, "%s is %d; it takes 64KiB to 1TiB a second, or 0 for no limit".formatted(key, rate));
    return 0;
  }

  /** One of an enum's names, in small letters. */
  <E extends Enum<E>> E choice(String key, E otherwise) {
    Optional<String> word = block.optionalText(key, problems);
    if (word.isEmpty()) return otherwise;
    E[] all = otherwise.getDeclaringClass().getEnumConstants();
    List<String> words = Arrays.stream(all).map(Reader::word).toList();
    int which = words.indexOf(word.get());
    if (which >= 0) return all[which];
    String nearest =
        Nearest.to(word.get(), words).map(near -> "; did you mean " + near + "?").orElse("");
    problem(key, "%s is \"%s\"; it takes %s%s".formatted(key, word.get(), listed(words), nearest));
    return otherwise;
  }

  static String word(Enum<?> one) {
    return one.name().toLowerCase(Locale.ROOT);
  }

  private static String listed(List<String> words) {
    int last = words.size() - 1;
    return String.join(", ", words.subList(0, last)) + " or " + words.get(last);
  }

  /** Where copies are, by the beginning of their names. */
  String prefix(String key, String otherwise) {
    String prefix = block.text(key, otherwise, problems);
    if (prefix.isEmpty()) problem(key, key + " is empty: a copy needs a name of its own");
    else if (prefix.length() > Limits.PREFIX_CHARACTERS_MAX)
      problem(
          key,
          "%s has %d characters; it takes %d at most"
              .formatted(key, prefix.length(), Limits.PREFIX_CHARACTERS_MAX));
    else
      VolumeName.objection(prefix)
          .ifPresent(_ ->
              problem(
                  key,
                  "%s is \"%s\"; it takes what a volume's name can begin with, such as \"laptop.\""
                      .formatted(key, prefix)));
    return prefix;
  }
}
