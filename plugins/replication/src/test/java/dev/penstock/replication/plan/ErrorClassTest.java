package dev.penstock.replication.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.plan.Outlook.Met;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorClassTest {
  @ParameterizedTest
  @CsvSource({
    "REQUEST, true, RETRY_VOLUME",
    "RESOURCE, true, RETRY_VOLUME",
    "CONNECTION, true, WAIT_FOR_PEER",
    "MODULE, true, WAIT_FOR_PEER",
    "REQUEST, false, VOLUME_FAILED",
    "RESOURCE, false, VOLUME_FAILED",
    "CONNECTION, false, END_RUN",
    "MODULE, false, END_RUN",
  })
  void scopeAndRetryDecide(Scope scope, boolean temporary, ErrorClass expected) {
    GatewayError error =
        temporary
            ? new GatewayError.Unavailable(scope, Duration.ofSeconds(7), "x")
            : new GatewayError.Failed(scope, "x");

    assertThat(ErrorClass.of(error)).isEqualTo(expected);
    assertThat(ErrorClass.delay(error)).isEqualTo(Duration.ofSeconds(temporary ? 7 : 0));
  }

  @Test
  void aBugCostsTheVolumeThatHasMetItAndNoOther() {
    assertThat(ErrorClass.of(new IllegalStateException())).isEqualTo(ErrorClass.VOLUME_FAILED);
  }

  @ParameterizedTest
  @CsvSource({
    "'', DONE",
    "a:VOLUME_FAILED, END_AFTER_OTHERS",
    "a:VOLUME_FAILED b:RETRY_VOLUME, TRY_AGAIN",
    "a:RETRY_VOLUME b:WAIT_FOR_PEER, TRY_AGAIN_WITH_PEER",
    "a:WAIT_FOR_PEER b:END_RUN, END",
    ":VOLUME_FAILED, END",
  })
  void theRunGoesOnAsLongAsAnyVolumeCanGetOn(String errors, Outlook.Next next) {
    List<Met> met =
        List.of(errors.split(" ", -1)).stream()
            .filter(error -> !error.isEmpty())
            .map(error -> error.split(":", -1))
            .map(error ->
                new Met(
                    Optional.of(error[0]).filter(name -> !name.isEmpty()),
                    ErrorClass.valueOf(error[1])))
            .toList();
    assertThat(Outlook.after(met).next()).isEqualTo(next);
  }
}
