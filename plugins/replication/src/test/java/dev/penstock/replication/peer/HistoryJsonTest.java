package dev.penstock.replication.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.VolumeHistory;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A peer may say anything. */
class HistoryJsonTest {
  private static final String SOUND =
      """
      {"name": "vm", "store": "disk", "guid": "00000000-0000-0000-0000-000000000001",
       "size_bytes": 4096, "stored_bytes": 0, "created_at": "2026-01-31T23:59:59Z",
       "snapshots": [["00000000-0000-0000-0000-000000000002", "s1", 4096, 1769903999, 0, "keep"]],
       "partial": {"to": "00000000-0000-0000-0000-000000000003", "name": "s2",
                   "size_bytes": 4096, "offset": 512}}
      """;

  @ParameterizedTest
  @CsvSource(
      delimiterString = "->",
      value = {
        "\"vm\" -> \"../vm\"",
        "\"vm\" -> null",
        "\"vm\" -> \"vm\\nvm\"",
        "\"s1\" -> null",
        "\"s1\" -> \"a/b\"",
        "\"s1\", 4096 -> \"s1\", -4096",
        "\"s1\", 4096 -> \"s1\", null",
        "1769903999 -> 9000000000000000000",
        "1769903999 -> 31556889864403199",
        "2026-01-31T23:59:59Z -> +999999999-01-31T23:59:59Z",
        "\"size_bytes\": 4096, \"stored -> \"size_bytes\": -1, \"stored",
        "\"s2\" -> \"..\"",
        "\"offset\": 512 -> \"offset\": -512",
        "\"offset\": 512 -> \"offset\": 5120",
        "\"offset\": 512 -> \"offset\": \"far\"",
        "[[ -> [[[ ",
        "[\"00000000-0000-0000-0000-000000000002\", \"s1\", 4096, 1769903999, 0, \"keep\"] -> 7"
      })
  void whatMakesNoSenseIsRefusedAsThePeersMistake(String before, String after) {
    VolumeHistory sound = HistoryJson.history(new JsonObject(SOUND));
    assertThat(sound.snapshots()).hasSize(1);

    assertThat(SOUND).contains(before);
    String text = SOUND.replace(before, after);

    assertThatThrownBy(() -> HistoryJson.sound(() -> HistoryJson.history(new JsonObject(text))))
        .isInstanceOf(GatewayError.Invalid.class);
  }
}
