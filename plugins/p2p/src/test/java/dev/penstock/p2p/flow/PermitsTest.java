package dev.penstock.p2p.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.Settled;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PermitsTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    Settled.done(vertx.close());
  }

  private Permits permits(int atOnce, int waitingMax) {
    return new Permits(vertx, "things", atOnce, waitingMax, Duration.ofMinutes(1));
  }

  @Test
  void moreThanThereAreWaitUntilSomeAreGivenBack() {
    Permits permits = permits(2, 10);
    Permits.Permit both = Settled.done(permits.acquire(2));
    Future<Permits.Permit> waits = permits.acquire(1);
    assertThat(waits.isComplete()).isFalse();

    both.giveBackOne();

    Settled.done(waits).close();
    both.close();
    both.close();
    assertThat(permits.underWay()).isZero();
  }

  @Test
  void oneThatWantsManyIsNotOvertaken() {
    Permits permits = permits(3, 10);
    Permits.Permit one = Settled.done(permits.acquire(1));
    Future<Permits.Permit> many = permits.acquire(3);
    Future<Permits.Permit> few = permits.acquire(1);
    assertThat(few.isComplete()).isFalse();
    assertThat(permits.tryAcquire()).isEqualTo(Optional.empty());

    one.close();
    Settled.done(many).close();

    Settled.done(few).close();
    assertThat(permits.underWay()).isZero();
  }

  @Test
  void oneThatWantsMoreThanThereAreGetsAll() {
    Permits permits = permits(2, 10);

    Settled.done(permits.acquire(7)).close();

    assertThat(permits.underWay()).isZero();
  }

  @Test
  void aFullQueueIsSaidAtOnce() {
    Permits permits = permits(1, 0);
    Settled.done(permits.acquire(1));

    assertThat(Settled.failure(permits.acquire(1)))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("1 things are under way");
  }

  @Test
  void whoWaitedTooLongMakesRoomForThoseBehind() {
    var permits = new Permits(vertx, "things", 2, 10, Duration.ofMillis(100));
    Permits.Permit one = Settled.done(permits.acquire(1));
    Future<Permits.Permit> many = permits.acquire(2);

    assertThat(Settled.failure(many)).isInstanceOf(GatewayError.Unavailable.class);
    Settled.done(permits.acquire(1)).close();
    one.close();
    assertThat(permits.underWay()).isZero();
    assertThat(permits.waiting()).isZero();
  }
}
