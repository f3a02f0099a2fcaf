package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.metrics.Metrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoubleSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A manual page of the plugin, and what has to stand in it. */
public final class Manual {
  private static final Pattern ROW = Pattern.compile("\\| `([a-z0-9_.-]+)` \\|([^|]*)\\|.*");

  private final String text;

  private Manual(String text) {
    this.text = text;
  }

  /** A file beside the plugin's pom. */
  public static Manual of(String file) {
    try {
      return new Manual(Files.readString(Path.of(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String text() {
    return text;
  }

  /** The rows of the table whose head begins like this: first column to second. */
  public Map<String, String> rows(String head) {
    Map<String, String> rows = new LinkedHashMap<>();
    boolean inside = false;
    for (String line : text.lines().toList()) {
      if (line.startsWith(head)) inside = true;
      else if (!line.startsWith("|")) inside = false;
      var row = ROW.matcher(line);
      if (inside && row.matches()) rows.put(row.group(1), row.group(2).strip().replace("`", ""));
    }
    assertThat(rows).as("rows of " + head).isNotEmpty();
    return rows;
  }

  /** The keys of a block that is read into this record. */
  public static Set<String> keys(Class<?> settings) {
    return Arrays.stream(settings.getRecordComponents())
        .map(RecordComponent::getName)
        .map(name -> name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * The keys that a block was asked for, which it keeps to itself to suggest the nearest: empty it
   * is read, and tells which ones there are.
   */
  @SuppressWarnings("unchecked") // a field that this knows
  public static Set<String> keysAskedOf(Block block) {
    try {
      var known = Block.class.getDeclaredField("known");
      known.setAccessible(true);
      return new TreeSet<>((Set<String>) known.get(block));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a block no longer keeps the keys that it was asked for", e);
    }
  }

  /** The types of event that an observer names. */
  public static Set<String> events(Class<?> observer) {
    Set<String> events = new TreeSet<>();
    for (var field : observer.getDeclaredFields()) {
      if (field.getType() != String.class || !Modifier.isStatic(field.getModifiers())) continue;
      try {
        field.setAccessible(true);
        events.add((String) field.get(null));
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }
    return events;
  }

  /** Remembers under which name each metric is published. */
  public record MetricNames(Set<String> names) implements Metrics {
    @Override
    public Counter counter(String name, String help, String... labels) {
      names.add("penstock_" + name + "_total");
      return _ -> {};
    }

    @Override
    public Timer timer(String name, String help, String... labels) {
      names.add("penstock_" + name + "_seconds");
      return _ -> {};
    }

    @Override
    public void gauge(String name, String help, DoubleSupplier value, String... labels) {
      names.add("penstock_" + name);
    }
  }
}
