package dev.penstock.nbd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.OptionError;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.testing.ForwardingVolume;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.Volume;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients of a volume that was handed over: each has calls of its own at where it is now. */
@Timeout(60)
class LedOnTest {
  private static final int SIZE = 1 << 20;

  private final MemoryVolume demo = MemoryVolume.named("demo", SIZE);
  private final TestServer server = TestServer.of(demo);
  private final Elsewhere elsewhere = new Elsewhere(MemoryVolume.named("elsewhere", SIZE));

  @AfterEach
  void stop() {
    elsewhere.letThrough();
    server.close();
  }

  private void leadOn() {
    var successor = server.host().volumes().openUnowned(elsewhere, Access.WRITE);
    TestServer.await(
        server.host().volumes().userOf("demo").retire(successor, Duration.ofSeconds(10)));
  }

  @Test
  void whatGoesOnForAClientIsBrokenOffOnceItIsGoneAndNothingElseIs() {
    var gone = server.connect().exportName("demo");
    try (var stays = server.connect().exportName("demo")) {
      assertThat(gone.write(0, new byte[512]).error()).isZero();
      leadOn();
      assertThat(stays.write(4096, "led on".getBytes(UTF_8)).error()).isZero();
      elsewhere.hold();
      gone.send(new ClientBytes().write(1, 0, "too late".getBytes(UTF_8)));
      gone.send(new ClientBytes().request(Command.FLUSH, 2, 0, 0));
      await().untilAsserted(() -> assertThat(elsewhere.calls).hasValue(3));

      gone.close();

      await().untilAsserted(() -> assertThat(elsewhere.brokenOff).hasValue(2));
      assertThat(elsewhere.clients).hasValue(1);
      elsewhere.letThrough();
      assertThat(stays.readData(4096, 6)).isEqualTo("led on".getBytes(UTF_8));
      assertThat(stays.readData(0, 8)).containsOnly(0);
    }
    await().untilAsserted(() -> assertThat(elsewhere.clients).hasValue(0));
  }

  @Test
  void whoHasNotCalledYetHasNothingOpenElsewhere() {
    try (var _ = server.connect().exportName("demo")) {
      leadOn();

      assertThat(elsewhere.clients).hasValue(0);
    }
  }

  @Test
  void whoComesLaterIsToldWhyItIsRefusedWhereNobodyNewIsWanted() {
    try (var early = server.connect().exportName("demo")) {
      leadOn();
      elsewhere.declines = Optional.of("it is vm-1 at server-b now: connect there");

      try (var late = server.connect()) {
        late.send(new ClientBytes().fixedNoZeroes().go("demo"));
        late.read(8 + 4);
        assertThat(late.readInt()).isEqualTo(OptionError.POLICY.code());
        assertThat(new String(late.read(late.readInt()), UTF_8))
            .isEqualTo("export demo: it is vm-1 at server-b now: connect there");
      }
      assertThat(early.write(0, new byte[512]).error()).isZero();
    }
  }

  /** Somewhere else, where calls may be held up until their client is gone. */
  private static final class Elsewhere extends ForwardingVolume {
    final AtomicInteger clients = new AtomicInteger();
    final AtomicInteger calls = new AtomicInteger();
    final AtomicInteger brokenOff = new AtomicInteger();
    volatile Optional<String> declines = Optional.empty();
    private volatile CountDownLatch way = new CountDownLatch(0);

    Elsewhere(Volume behind) {
      super(behind);
    }

    void hold() {
      way = new CountDownLatch(1);
    }

    void letThrough() {
      way.countDown();
    }

    @Override
    public Optional<String> declines() {
      return declines;
    }

    @Override
    public Volume forClient() {
      clients.incrementAndGet();
      return new Own(this);
    }

    @Override
    protected void admit(boolean changes) {}

    @Override
    public void close() {}

    private final class Own extends ForwardingVolume {
      private volatile boolean closed;

      Own(Volume behind) {
        super(behind);
      }

      @Override
      protected void admit(boolean changes) {
        calls.incrementAndGet();
        while (!closed && way.getCount() > 0) Thread.onSpinWait();
        if (!closed) return;
        brokenOff.incrementAndGet();
        throw new GatewayError.Unavailable(
            Scope.CONNECTION, Duration.ofMillis(1), "its client is gone");
      }

      @Override
      public void close() {
        if (!closed) clients.decrementAndGet();
        closed = true;
      }
    }
  }
}
