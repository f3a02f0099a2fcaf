package dev.penstock.nbd.receive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.ReceiveSettings;
import dev.penstock.spi.testing.Manual;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The manual page says what the code does: settings, states, events, metrics. */
class ManualTest {
  private final Manual manual = Manual.of("FLEXNBD.md");

  @Test
  void everySettingIsThere() {
    Set<String> settings = Manual.keys(ReceiveSettings.class);
    settings.remove("volume"); // the key itself
    settings.remove("size_bytes");
    settings.add("size");
    assertThat(manual.rows("| setting of a reception |").keySet()).isEqualTo(settings);
  }

  @Test
  void everyStateIsThere() {
    assertThat(manual.rows("| state |").keySet())
        .isEqualTo(
            Arrays.stream(Reception.State.values())
                .map(state -> state.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet()));
  }

  @Test
  void everyEventIsThere() {
    assertThat(manual.rows("| type of a reception's event |").keySet())
        .isEqualTo(Manual.events(ReceiveObserver.class));
  }
}
