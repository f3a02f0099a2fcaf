package dev.penstock.replication.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PulseTest {
  private static final Duration MOST = Duration.ofSeconds(20);

  private final AtomicLong nanos = new AtomicLong(-1_000_000_000);
  private final Pulse pulse = new Pulse("a.b", nanos::get);

  @Test
  void whatWasHeardIsFreshForSoLong() {
    String heard = pulse.now();
    assertThat(pulse.isFresh(Optional.of(heard), MOST)).isTrue();

    nanos.addAndGet(MOST.toNanos());
    assertThat(pulse.isFresh(Optional.of(heard), MOST)).isTrue();

    nanos.addAndGet(1_000_000);
    assertThat(pulse.isFresh(Optional.of(heard), MOST)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a.b", "a.b.", "a.b.x", "c.-1000", "a.b.99999999", "-1000"})
  void whatThisProcessCannotHaveSaidByNowIsNotFresh(String heard) {
    assertThat(pulse.isFresh(Optional.of(heard), MOST)).isFalse();
    assertThat(pulse.isFresh(Optional.empty(), MOST)).isFalse();
  }

  @Test
  void saysOfWhichProcessItIs() {
    assertThat(Pulse.process(pulse.now())).isEqualTo("a.b");
    assertThat(Pulse.process(Pulse.ofThisProcess().now()))
        .isEqualTo(Pulse.process(Pulse.ofThisProcess().now()));
  }
}
