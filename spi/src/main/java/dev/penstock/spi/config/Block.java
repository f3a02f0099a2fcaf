package dev.penstock.spi.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A mapping of settings, read by key. Each reader takes a value of one kind; what is missing
 * becomes the default, what is wrong becomes a problem with its line, and the default is returned
 * so that reading goes on and finds the next problem.
 *
 * <p><b>Lifecycle.</b> Read every key that you know, then {@link #refuseOtherKeys}: what was not
 * read by then is a problem that names the nearest key that was. A block that is read again (by
 * {@code validate}, then {@code start}) answers the same. <b>Threads.</b> One at a time.
 * <b>Units.</b> Sizes are bytes; {@code KiB}, {@code MiB}, {@code GiB}, {@code TiB} are powers of
 * 1024; durations are written {@code 250ms}, {@code 10s}, {@code 5m}, {@code 2h}, {@code 1d}.
 *
 * @since SPI 1.0
 */
public final class Block implements Setting {
  private record Entry(Mark keyAt, Setting value) {}

  private final String name;
  private final Mark at;
  private final Map<String, Entry> entries;
  private final Set<String> known = new HashSet<>();

  private Block(String name, Mark at, Map<String, Entry> entries) {
    this.name = name;
    this.at = at;
    this.entries = Collections.unmodifiableMap(entries);
  }

  /** Collects the keys of a block, for whoever parses a file and for tests. */
  public static final class Builder {
    private final String name;
    private final Mark at;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private Builder(String name, Mark at) {
      this.name = name;
      this.at = at;
    }

    /** Adds a key. A key that was added before is replaced. */
    public Builder put(String key, Mark keyAt, Setting value) {
      entries.put(key, new Entry(keyAt, value));
      return this;
    }

    public Block build() {
      return new Block(name, at, new LinkedHashMap<>(entries));
    }
  }

  /**
   * @param name what messages call the block: the path of keys that leads to it, such as {@code
   *     modules.nbd}
   */
  public static Builder named(String name, Mark at) {
    return new Builder(name, at);
  }

  /** A block without keys: what a module gets whose settings were left out. */
  public static Block empty(String name, Mark at) {
    return named(name, at).build();
  }

  public String name() {
    return name;
  }

  @Override
  public Mark at() {
    return at;
  }

  @Override
  public String called() {
    return "a block";
  }

  /** The keys that are there, in the order of the file. */
  public Set<String> keys() {
    return entries.keySet();
  }

  public boolean has(String key) {
    known.add(key);
    return entries.containsKey(key);
  }

  /** Where the key stands; where the block begins, if the key is not there. */
  public Mark at(String key) {
    Entry entry = entries.get(key);
    return entry == null ? at : entry.keyAt();
  }

  /** The value as it was written, of whatever kind. */
  public Optional<Setting> setting(String key) {
    known.add(key);
    return Optional.ofNullable(entries.get(key)).map(Entry::value);
  }

  public String text(String key, String otherwise, Problems problems) {
    return optionalText(key, problems).orElse(otherwise);
  }

  /** Reports the key as missing, and answers the empty text, if it is not there or empty. */
  public String requiredText(String key, Problems problems) {
    if (!has(key)) {
      problems.add(at, "%s: %s is missing".formatted(name, key));
      return "";
    }
    String text = text(key, "", problems);
    if (text.isEmpty() && setting(key).orElseThrow() instanceof Text)
      problems.add(at(key), "%s: %s is empty".formatted(name, key));
    return text;
  }

  public Optional<String> optionalText(String key, Problems problems) {
    return plain(key, Optional::of, "", problems);
  }

  /**
   * A path; a relative one begins at the folder of the file that it is written in, and {@code ..}
   * leaves a folder by its name, wherever a link leads. Empty if the key is not there.
   */
  public Optional<Path> path(String key, Problems problems) {
    return plain(
        key,
        text ->
            text.isEmpty()
                ? Optional.empty()
                : Optional.of(at(key).folder().resolve(text).normalize()),
        "a path",
        problems);
  }

  public boolean bool(String key, boolean otherwise, Problems problems) {
    return plain(
            key,
            text ->
                switch (text) {
                  case "true", "yes", "on" -> Optional.of(true);
                  case "false", "no", "off" -> Optional.of(false);
                  default -> Optional.empty();
                },
            "true or false",
            problems)
        .orElse(otherwise);
  }

  public int integer(String key, int otherwise, Problems problems) {
    return plain(key, Quantities::integer, "a whole number", problems).orElse(otherwise);
  }

  /** Bytes: {@code 4096}, {@code 64KiB}, {@code 1GiB}. */
  public long bytes(String key, long otherwise, Problems problems) {
    return plain(key, Quantities::bytes, "a size such as 64KiB or 1GiB", problems)
        .orElse(otherwise);
  }

  /** {@code 250ms}, {@code 10s}, {@code 5m}, {@code 2h}, {@code 1d}. */
  public Duration duration(String key, Duration otherwise, Problems problems) {
    return plain(key, Quantities::duration, "a duration such as 250ms, 10s or 5m", problems)
        .orElse(otherwise);
  }

  /** A list of plain values; a single plain value counts as a list of one. */
  public List<Text> texts(String key, List<Text> otherwise, Problems problems) {
    return switch (setting(key).orElse(null)) {
      case null -> otherwise;
      case Text one -> List.of(one);
      case Items items -> plainItems(key, items, problems);
      case Block block -> {
        wrongKind(key, block, "a list", problems);
        yield otherwise;
      }
    };
  }

  /** The block under a key; an empty one if it is not there. */
  public Block block(String key, Problems problems) {
    return switch (setting(key).orElse(null)) {
      case null -> empty(name + "." + key, at);
      case Block block -> block;
      case Setting other -> {
        // An empty mapping is written as nothing at all, and reads as an empty text.
        if (!(other instanceof Text(String text, var _) && text.isEmpty()))
          wrongKind(key, other, "a block", problems);
        yield empty(name + "." + key, at(key));
      }
    };
  }

  /**
   * The blocks under a key whose own keys are names that the operator chose, in the order of the
   * file.
   */
  public List<Named> namedBlocks(String key, Problems problems) {
    Block outer = block(key, problems);
    List<Named> named = new ArrayList<>();
    for (String name : outer.keys())
      named.add(new Named(name, outer.at(name), outer.block(name, problems)));
    return named;
  }

  /** A block under a name that the operator chose. */
  public record Named(String name, Mark at, Block block) {}

  /**
   * Call last: every key that nobody asked for is a problem that names the nearest one that
   * somebody did.
   */
  public void refuseOtherKeys(Problems problems) {
    for (String key : entries.keySet()) {
      if (known.contains(key)) continue;
      String nearest = Nearest.to(key, known).map(k -> "; did you mean " + k + "?").orElse("");
      problems.add(at(key), "%s is no key of %s%s".formatted(key, name, nearest));
    }
  }

  private List<Text> plainItems(String key, Items items, Problems problems) {
    List<Text> texts = new ArrayList<>();
    for (Setting item : items.items()) {
      if (item instanceof Text text) texts.add(text);
      else
        problems.add(
            item.at(),
            "%s: each item of %s is a plain value, not %s".formatted(name, key, item.called()));
    }
    return texts;
  }

  private <T> Optional<T> plain(
      String key, Function<String, Optional<T>> parse, String wanted, Problems problems) {
    return switch (setting(key).orElse(null)) {
      case null -> Optional.empty();
      case Text(String text, Mark _) -> {
        Optional<T> value = parse.apply(text);
        if (value.isEmpty())
          problems.add(
              at(key), "%s: %s is %s; it takes %s".formatted(name, key, quoted(text), wanted));
        yield value;
      }
      case Setting other -> {
        wrongKind(key, other, "a plain value", problems);
        yield Optional.empty();
      }
    };
  }

  private void wrongKind(String key, Setting found, String wanted, Problems problems) {
    problems.add(at(key), "%s: %s takes %s, not %s".formatted(name, key, wanted, found.called()));
  }

  private static String quoted(String text) {
    return text.isEmpty() ? "empty" : "\"" + text + "\"";
  }
}
