package dev.penstock.gateway.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ListenAddress.Systemd;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What sd_listen_fds(3) promises to a process. */
class InheritedSocketsTest {
  private static final Map<String, String> TWO =
      Map.of("LISTEN_PID", "7", "LISTEN_FDS", "2", "LISTEN_FDNAMES", "nbd:backup");

  @ParameterizedTest
  @CsvSource({"nbd, 3", "backup, 4", "0, 3", "1, 4"})
  void aSocketIsFoundByItsNameAndByItsNumber(String name, int descriptor) {
    assertThat(InheritedSockets.of(TWO, 7).descriptor(new Systemd(name))).isEqualTo(descriptor);
  }

  @Test
  void withoutNamesTheNumberIsEnough() {
    var unnamed = Map.of("LISTEN_PID", "7", "LISTEN_FDS", "2");
    assertThat(InheritedSockets.of(unnamed, 7).descriptor(new Systemd("1"))).isEqualTo(4);
  }

  @Test
  void whatIsThereIsSaidOfASocketThatIsNot() {
    assertThatThrownBy(() -> InheritedSockets.of(TWO, 7).descriptor(new Systemd("2")))
        .isInstanceOf(GatewayError.NotFound.class)
        .hasMessageContaining("0 (nbd), 1 (backup)");
  }

  @Test
  void socketsThatWereMeantForAnotherProcessAreNotOurs() {
    assertThatThrownBy(() -> InheritedSockets.of(TWO, 8).descriptor(new Systemd("nbd")))
        .isInstanceOf(GatewayError.NotFound.class)
        .hasMessageContaining(".socket unit");
  }

  @Test
  void aNameThatSeveralHaveNamesNone() {
    var same = Map.of("LISTEN_PID", "7", "LISTEN_FDS", "2", "LISTEN_FDNAMES", "nbd:nbd");
    assertThatThrownBy(() -> InheritedSockets.of(same, 7).descriptor(new Systemd("nbd")))
        .isInstanceOf(GatewayError.Conflict.class);
    assertThat(InheritedSockets.of(same, 7).descriptor(new Systemd("1"))).isEqualTo(4);
  }
}
