package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.config.ListenSettings;
import dev.penstock.nbd.config.NbdConfig;
import dev.penstock.nbd.config.TlsSettings;
import dev.penstock.nbd.transmit.Observer;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.module.SocketAccess;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeEvents;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.tls.PemFiles;
import java.io.IOException;
import java.lang.reflect.Field;
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
class ReadmeTest {
  private static final Pattern ROW = Pattern.compile("\\| `([a-z_.-]+)` \\|([^|]*)\\|.*");

  private final String readme = read();

  @Test
  void everyLimitIsThereWithItsDefault() {
    Map<String, String> rows = rows("| limit |");
    assertThat(rows.keySet()).isEqualTo(keys(Limits.class));

    rows.replaceAll((_, value) -> value.replace("`", ""));
    var problems = new Problems();
    var written = NbdConfig.read(TestSettings.block("nbd", Map.of("limits", rows)), problems);
    assertThat(problems.inOrder()).isEmpty();
    assertThat(written.limits()).isEqualTo(Limits.DEFAULTS);
  }

  @Test
  void everySettingIsThere() {
    assertThat(rows("| setting |").keySet()).isEqualTo(keys(NbdConfig.class));
    Set<String> export = keys(ExportSettings.class);
    export.removeAll(Set.of("name", "configured_at")); // the key itself, and where it stands
    Set<String> listener = keys(ListenSettings.class);
    listener.remove("access"); // of which the file has the parts
    listener.addAll(keys(SocketAccess.class));
    assertThat(rows("| setting of a listener |").keySet()).isEqualTo(listener);
    Set<String> tls = keys(TlsSettings.class);
    tls.remove("files");
    tls.addAll(keys(PemFiles.class));
    assertThat(rows("| setting of tls |").keySet()).isEqualTo(tls);
    assertThat(rows("| setting of an export |").keySet()).isEqualTo(export);
  }

  @Test
  void theDefaultAddressIsTheOneThatIsSaid() {
    var config = NbdConfig.read(TestSettings.block("nbd", Map.of()), new Problems());
    assertThat(rows("| setting |").get("listen")).isEqualTo("`" + config.listen().getFirst().address() + "`");
  }

  @Test
  void everyEventIsThere() throws IllegalAccessException {
    Set<String> events = new TreeSet<>();
    for (Field field : NbdObserver.class.getDeclaredFields()) {
      if (field.getType() == String.class
          && java.lang.reflect.Modifier.isStatic(field.getModifiers())) {
        events.add((String) field.get(null));
      }
    }
    assertThat(rows("| type |").keySet()).isEqualTo(events);
    for (var why : Observer.Cut.values()) {
      assertThat(readme).contains("`" + why.name().toLowerCase(Locale.ROOT) + "`");
    }
  }

  @Test
  void everyMetricIsThere() {
    Set<String> made = new TreeSet<>();
    var metrics = new NamesOnly(made);
    var observer = new NbdObserver("nbd", new FakeEvents(), new FakeClock(), metrics);
    assertThat(observer).isNotNull();
    made.addAll(
        Set.of(
            "penstock_nbd_certificate_left_seconds",
            "penstock_nbd_connections",
            "penstock_nbd_exports", "penstock_nbd_budget_free_bytes"));
    assertThat(rows("| metric |").keySet()).isEqualTo(made);
  }

  /** The rows of the table whose head begins like this: first column to second. */
  private Map<String, String> rows(String head) {
    Map<String, String> rows = new LinkedHashMap<>();
    boolean inside = false;
    for (String line : readme.lines().toList()) {
      if (line.startsWith(head)) inside = true;
      else if (!line.startsWith("|")) inside = false;
      var row = ROW.matcher(line);
      if (inside && row.matches()) rows.put(row.group(1), row.group(2).strip());
    }
    assertThat(rows).as("rows of " + head).isNotEmpty();
    return rows;
  }

  private static Set<String> keys(Class<?> settings) {
    return Arrays.stream(settings.getRecordComponents())
        .map(RecordComponent::getName)
        .map(name -> name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String read() {
    try {
      return Files.readString(Path.of("README.md"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
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
