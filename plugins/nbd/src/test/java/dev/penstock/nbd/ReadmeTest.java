package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.BlockSize;
import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.config.ListenSettings;
import dev.penstock.nbd.config.NbdConfig;
import dev.penstock.nbd.config.Rates;
import dev.penstock.nbd.config.TlsSettings;
import dev.penstock.nbd.transmit.Observer;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.Audit;
import dev.penstock.spi.module.SocketAccess;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeEvents;
import dev.penstock.spi.testing.Manual;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.tls.PemFiles;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The manual page says what the code does: settings, defaults, events, metrics. */
class ReadmeTest {
  private final Manual readme = Manual.of("README.md");

  @Test
  void everyLimitIsThereWithItsDefault() {
    Map<String, String> rows = readme.rows("| limit |");
    assertThat(rows.keySet()).isEqualTo(Manual.keys(Limits.class));

    var problems = new Problems();
    var written = NbdConfig.read(TestSettings.block("nbd", Map.of("limits", rows)), problems);
    assertThat(problems.inOrder()).isEmpty();
    assertThat(written.limits()).isEqualTo(Limits.DEFAULTS);
  }

  @Test
  void everySettingIsThere() {
    assertThat(readme.rows("| setting |").keySet()).isEqualTo(Manual.keys(NbdConfig.class));
    Set<String> export = Manual.keys(ExportSettings.class);
    export.removeAll(Set.of("name", "configured_at")); // the key itself, and where it stands
    export.remove("rates");
    export.addAll(Manual.keys(Rates.class)); // which stand beside the others
    Set<String> listener = Manual.keys(ListenSettings.class);
    listener.remove("access"); // of which the file has the parts
    listener.addAll(Manual.keys(SocketAccess.class));
    assertThat(readme.rows("| setting of a listener |").keySet()).isEqualTo(listener);
    Set<String> tls = Manual.keys(TlsSettings.class);
    tls.remove("files");
    tls.addAll(Manual.keys(PemFiles.class));
    assertThat(readme.rows("| setting of tls |").keySet()).isEqualTo(tls);
    assertThat(readme.rows("| setting of an export |").keySet()).isEqualTo(export);
    assertThat(readme.rows("| of `block_size` |").keySet()).isEqualTo(Manual.keys(BlockSize.class));
  }

  @Test
  void theDefaultAddressIsTheOneThatIsSaid() {
    var config = NbdConfig.read(TestSettings.block("nbd", Map.of()), new Problems());
    assertThat(readme.rows("| setting |").get("listen"))
        .isEqualTo(config.listen().getFirst().address().toString());
  }

  @Test
  void everyEventIsThere() {
    assertThat(readme.rows("| type |").keySet()).isEqualTo(Manual.events(NbdObserver.class));
    for (var why : Observer.Cut.values()) {
      assertThat(readme.text()).contains("`" + why.name().toLowerCase(Locale.ROOT) + "`");
    }
  }

  @Test
  void everyMetricIsThere() {
    Set<String> made = new TreeSet<>();
    var metrics = new Manual.MetricNames(made);
    var observer = new NbdObserver("nbd", new FakeEvents(), new FakeClock(), metrics, Audit.NONE);
    assertThat(observer).isNotNull();
    made.addAll(
        Set.of(
            "penstock_nbd_certificate_left_seconds",
            "penstock_nbd_connections",
            "penstock_nbd_exports",
            "penstock_nbd_budget_free_bytes"));
    assertThat(readme.rows("| metric |").keySet()).isEqualTo(made);
  }
}
