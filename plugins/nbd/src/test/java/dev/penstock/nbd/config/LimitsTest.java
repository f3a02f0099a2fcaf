package dev.penstock.nbd.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.wire.Wire;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class LimitsTest {
  private final Limits limits = Limits.DEFAULTS;

  @Test
  void everyRequestFitsIntoWhatAConnectionMayHaveUnderWay() {
    assertThat(limits.connectionBytes()).isGreaterThanOrEqualTo(Limits.PAYLOAD_BYTES_MAX);
    assertThat(limits.totalBytes()).isGreaterThanOrEqualTo(Limits.PAYLOAD_BYTES_MAX);
    assertThat(Limits.PAYLOAD_BYTES_MAX).isEqualTo(Wire.PAYLOAD_BYTES_PORTABLE);
  }

  @Test
  void noConnectionCanTakeAllOfTheCommonBudget() {
    assertThat(limits.connectionBytes()).isLessThan(limits.totalBytes());
  }

  @Test
  void tenThousandConnectionsArePossible() {
    assertThat(Limits.CONNECTIONS_MAX).isGreaterThan(10_000);
    for (int connections : new int[] {1, 512, 10_000, Limits.CONNECTIONS_MAX}) {
      Limits many = limits.patched(new JsonObject().put("connections", connections), limits);
      assertThat(many.allowanceBytes())
          .isBetween(Limits.ALLOWANCE_BYTES_MIN, Limits.ALLOWANCE_BYTES_MAX);
      assertThat((long) connections * many.allowanceBytes())
          .isLessThanOrEqualTo(Limits.ALLOWANCES_BYTES);
      assertThat((long) connections * many.unreadAnswersBytes())
          .isLessThanOrEqualTo(Limits.UNREAD_ANSWERS_BYTES);
    }
  }

  @Test
  void whatIsShownIsWhatIsRead() {
    assertThat(Limits.fromJson(limits.toJson())).isEqualTo(limits);
  }

  @Test
  void allConnectionsTogetherFitIntoDirectMemory() {
    assertThat(limits.directBytes()).isLessThanOrEqualTo(Limits.DIRECT_BYTES_MAX);
    var large = new JsonObject().put("connections", 8192).put("total_bytes", 256 << 20);
    assertThat(limits.patched(large, limits).directBytes())
        .isLessThanOrEqualTo(Limits.DIRECT_BYTES_MAX);
  }

  @Test
  void aRefusedWriteOfAnyUsualSizeIsDrained() {
    assertThat(Limits.DRAIN_BYTES_MAX).isGreaterThan(4L * Limits.PAYLOAD_BYTES_MAX);
  }

  @Test
  void repliesFitWhereTheyArePacked() {
    assertThat(Limits.UNSENT_BYTES_LOW).isLessThan(Limits.UNSENT_BYTES_HIGH);
    assertThat(Limits.BATCH_BYTES).isLessThan(Limits.UNSENT_BYTES_LOW);
    assertThat(Limits.EXTENTS_MAX).isLessThanOrEqualTo(Wire.EXTENTS_PORTABLE);
    assertThat(Limits.INLINE_BYTES_MAX).isLessThanOrEqualTo(Limits.PAYLOAD_BYTES_MAX);
  }

  @Test
  void dontFragmentWorksAtLeastAsFarAsItHasTo() {
    assertThat(Limits.PAYLOAD_BYTES_MAX).isGreaterThanOrEqualTo(Wire.DF_BYTES_PORTABLE);
  }

  @Test
  void progressIsLessThanWhatMayBeAwaited() {
    assertThat(Limits.PROGRESS_BYTES).isLessThan(Limits.PAYLOAD_BYTES_MAX);
  }

  @Test
  void noLimitIsOverrunByMuch() {
    assertThat(limits.scan().multipliedBy(8)).isLessThanOrEqualTo(limits.handshake());
  }

  @Test
  void listFitsIntoAModestAnswer() {
    assertThat((long) Limits.EXPORTS_MAX * 2 * Limits.EXPORT_TEXT_BYTES_MAX)
        .isLessThanOrEqualTo(Limits.UNSENT_BYTES_HIGH);
  }
}
