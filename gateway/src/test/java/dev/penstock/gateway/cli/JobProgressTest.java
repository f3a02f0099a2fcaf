package dev.penstock.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The line that is drawn while a run goes on. */
class JobProgressTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final long SECOND = 1_000_000_000;
  private static final String RUN =
      """
      {"attempts": [
        {"volumes_total": 2, "volumes_done": 0, "bytes_sent": 1048576, "volumes": []},
        {"volumes_total": 2, "volumes_done": 1, "bytes_sent": %d, "volumes": [
          {"name": "vm-1", "state": "done", "steps_done": 1, "steps_total": 1},
          {"name": "vm-2", "state": "stepping", "steps_done": %d, "steps_total": 2}]}]}
      """;
  private static final String TASKS =
      """
      [{"name": "offsite: vm-2@b", "units_done": %d, "units_total": 100},
       {"name": "offsite: vm-2@a", "units_done": 9, "units_total": 10, "ended_at": "x"},
       {"name": "other: vm-1@b", "units_done": 9, "units_total": 10}]
      """;

  private final JobProgress progress = new JobProgress("offsite");

  private static JsonNode json(String text) {
    try {
      return AdminClient.JSON.readTree(text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void countsVolumesAndStepsAndHowFarTheOneUnderWayIs() {
    String line = progress.line(json(RUN.formatted(0, 1)), json(TASKS.formatted(50)), NOW, 0);

    assertThat(line)
        .isEqualTo("offsite: [#################   ]  87 %  1 of 2 volumes, 1MiB sent, 0B/s");
  }

  @Test
  void tellsTheRateOfTheLastSecondsAndTheTimeLeft() {
    progress.line(json(RUN.formatted(0, 0)), json(TASKS.formatted(0)), NOW, 0);

    String line =
        progress.line(json(RUN.formatted(10 << 20, 1)), json(TASKS.formatted(0)), NOW, 10 * SECOND);

    assertThat(line).endsWith(" 75 %  1 of 2 volumes, 11MiB sent, 1MiB/s, 10s left");
    assertThat(
            progress.line(
                json(RUN.formatted(10 << 20, 1)), json(TASKS.formatted(0)), NOW, 30 * SECOND))
        .contains("0B/s");
  }

  @Test
  void aVolumeThatIsPlannedAnewIsNoNegativeRate() {
    progress.line(json(RUN.formatted(10 << 20, 1)), json(TASKS.formatted(0)), NOW, 0);

    assertThat(progress.line(json(RUN.formatted(0, 0)), json(TASKS.formatted(0)), NOW, 10 * SECOND))
        .endsWith("50 %  1 of 2 volumes, 1MiB sent, 0B/s");
  }

  @Test
  void saysThatItPlansAndThatThePeerIsAway() {
    assertThat(progress.line(json("{\"attempts\": []}"), json("[]"), NOW, 0))
        .isEqualTo("offsite: plans");
    String away = "{\"waiting_for_peer\": {\"until\": \"2026-01-02T03:05:00Z\"}}";
    assertThat(progress.line(json(away), json("[]"), NOW, 0))
        .isEqualTo("offsite: the peer is away; waits for it until 2026-01-02T03:05:00Z");
    assertThat(progress.line(json(away), json("[]"), NOW.plusSeconds(60), 0))
        .isEqualTo("offsite: plans");
  }
}
