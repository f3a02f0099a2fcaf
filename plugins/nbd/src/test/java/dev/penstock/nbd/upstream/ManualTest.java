package dev.penstock.nbd.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.config.Problems;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.testing.FakeStoreContext;
import dev.penstock.spi.testing.TestSettings;
import java.io.IOException;
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
import org.junit.jupiter.api.Test;

/** The manual page says what the code does: settings, defaults, events, metrics. */
class ManualTest {
  private static final Pattern ROW = Pattern.compile("\\| `([a-z_.-]+)` \\|([^|]*)\\|.*");

  @Test
  void everySettingIsThereWithItsDefault() throws IOException {
    Set<String> store = keys(UpstreamSettings.class);
    assertThat(rows("| setting |").keySet()).isEqualTo(store);
    assertThat(rows("| setting of tls |").keySet()).isEqualTo(keys(UpstreamSettings.Tls.class));
    Map<String, String> volume = rows("| setting of a volume |");
    assertThat(volume.keySet()).isEqualTo(Set.of("uri", "connections", "read_ahead"));
    volume.put("uri", "nbd://host/disk");
    Map<String, String> limits = rows("| limit |");
    assertThat(limits.keySet()).isEqualTo(keys(UpstreamLimits.class));

    var problems = new Problems();
    var block = TestSettings.block("far", Map.of("volumes", Map.of("a", volume), "limits", limits));
    UpstreamSettings written = UpstreamSettings.read(block, problems);
    var plain = Map.of("volumes", Map.of("a", Map.of("uri", "nbd://host/disk")));
    var defaults = UpstreamSettings.read(TestSettings.block("far", plain), problems);
    assertThat(problems.inOrder()).isEmpty();
    assertThat(written).isEqualTo(defaults);
    assertThat(defaults.limits()).isEqualTo(UpstreamLimits.DEFAULTS);
  }

  @Test
  void everyEventIsThere() throws Exception {
    Set<String> events = new TreeSet<>();
    for (var field : UpstreamObserver.class.getDeclaredFields())
      if (field.getType() == String.class && Modifier.isStatic(field.getModifiers()))
        events.add((String) field.get(null));

    assertThat(rows("| type |").keySet()).isEqualTo(events);
    for (var why : Link.Why.values())
      assertThat(manual()).contains("`" + UpstreamObserver.word(why) + "`");
  }

  @Test
  void everyMetricIsThere() throws IOException {
    Set<String> made = new TreeSet<>();
    var fake = FakeStoreContext.of("far", TestSettings.block("far", Map.of()));
    var observer =
        new UpstreamObserver(
            "far",
            "disk",
            UpstreamUri.parse("nbd://host", Path.of("/")).orElseThrow(),
            fake.events(),
            fake.clock(),
            new NamesOnly(made));
    UpstreamStore.show(observer, () -> 0, () -> 0);

    assertThat(rows("| metric |").keySet()).isEqualTo(made);
  }

  private static Map<String, String> rows(String head) throws IOException {
    Map<String, String> rows = new LinkedHashMap<>();
    boolean inside = false;
    for (String line : manual().lines().toList()) {
      if (line.startsWith(head)) inside = true;
      else if (!line.startsWith("|")) inside = false;
      var row = ROW.matcher(line);
      if (inside && row.matches()) rows.put(row.group(1), row.group(2).strip().replace("`", ""));
    }
    assertThat(rows).as("rows of " + head).isNotEmpty();
    return rows;
  }

  private static String manual() throws IOException {
    return Files.readString(Path.of("UPSTREAM.md"));
  }

  private static Set<String> keys(Class<?> settings) {
    return Arrays.stream(settings.getRecordComponents())
        .map(RecordComponent::getName)
        .map(name -> name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Remembers under which name each metric is published. */
  private record NamesOnly(Set<String> names) implements Metrics {
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
