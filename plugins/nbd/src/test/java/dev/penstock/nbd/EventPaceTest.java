package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.FakeAudit;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeEvents;
import dev.penstock.spi.testing.FakeMetrics;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class EventPaceTest {
  private final FakeClock clock = new FakeClock();
  private final EventPace pace = new EventPace();

  @Test
  void aFloodIsCutShortAndTheNextEventSaysByHowMany() {
    for (int i = 0; i < EventPace.AT_ONCE; i++) assertThat(next()).hasValue(0);
    for (int i = 0; i < 1234; i++) assertThat(next()).isEmpty();

    clock.advance(EventPace.EVERY);
    assertThat(next()).hasValue(1234);
    assertThat(next()).isEmpty();
    clock.advance(Duration.ofDays(1));
    assertThat(next()).hasValue(1);
    for (int i = 1; i < EventPace.AT_ONCE; i++) assertThat(next()).hasValue(0);
    assertThat(next()).isEmpty();
  }

  @Test
  void aClockThatIsSetBackSilencesNobody() {
    assertThat(next()).hasValue(0);
    clock.advance(Duration.ofHours(-1));
    assertThat(next()).isEmpty();
    clock.advance(EventPace.EVERY);
    assertThat(next()).hasValue(1);
  }

  @Test
  void clientsThatFindNoPlaceAreAllCountedAndNotedButNotAllToldOf() {
    var events = new FakeEvents();
    var metrics = new FakeMetrics();
    var audit = new FakeAudit();
    var observer = new NbdObserver("nbd", events, clock, metrics, audit);
    int flood = EventPace.AT_ONCE + 1000;
    for (int i = 0; i < flood; i++) observer.refused("127.0.0.1:1", "tcp://127.0.0.1:2", 8);
    clock.advance(EventPace.EVERY);
    observer.refused("127.0.0.1:1", "tcp://127.0.0.1:2", 8);

    var told = events.all(NbdObserver.CONNECTION_REFUSED);
    assertThat(told).hasSize(EventPace.AT_ONCE + 1);
    assertThat(told.getLast().details()).containsEntry("left_out", "1000");
    assertThat(metrics.counted("nbd_connections_refused")).isEqualTo(flood + 1);
    assertThat(audit.notes()).hasSize(flood + 1);
  }

  private OptionalLong next() {
    return pace.next(clock.instant());
  }
}
