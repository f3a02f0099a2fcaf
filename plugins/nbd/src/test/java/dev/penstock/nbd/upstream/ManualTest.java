package dev.penstock.nbd.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.client.Link;
import dev.penstock.nbd.client.ServerUri;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.FakeStoreContext;
import dev.penstock.spi.testing.Manual;
import dev.penstock.spi.testing.TestSettings;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The manual page says what the code does: settings, defaults, events, metrics. */
class ManualTest {
  private final Manual manual = Manual.of("UPSTREAM.md");

  @Test
  void everySettingIsThereWithItsDefault() {
    Set<String> store = Manual.keys(UpstreamSettings.class);
    assertThat(manual.rows("| setting |").keySet()).isEqualTo(store);
    assertThat(manual.rows("| setting of tls |").keySet())
        .isEqualTo(Manual.keys(UpstreamSettings.Tls.class));
    Map<String, String> volume = manual.rows("| setting of a volume |");
    assertThat(volume.keySet()).isEqualTo(Set.of("uri", "connections", "read_ahead", "restarts"));
    volume.put("uri", "nbd://host/disk");
    Map<String, String> limits = manual.rows("| limit |");
    assertThat(limits.keySet()).isEqualTo(Manual.keys(UpstreamLimits.class));

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
  void everyEventIsThere() {
    for (var restarts : Restarts.values())
      assertThat(manual.text()).contains("`" + restarts.word() + "`");
    assertThat(manual.rows("| type |").keySet()).isEqualTo(Manual.events(UpstreamObserver.class));
    for (var why : Link.Why.values())
      assertThat(manual.text()).contains("`" + UpstreamObserver.word(why) + "`");
  }

  @Test
  void everyMetricIsThere() {
    Set<String> made = new TreeSet<>();
    var fake = FakeStoreContext.of("far", TestSettings.block("far", Map.of()));
    var observer =
        new UpstreamObserver(
            "far",
            "disk",
            ServerUri.parse("nbd://host", Path.of("/")).orElseThrow(),
            fake.events(),
            fake.clock(),
            new Manual.MetricNames(made));
    UpstreamStore.show(observer, () -> 0, () -> 0);

    assertThat(manual.rows("| metric |").keySet()).isEqualTo(made);
  }
}
