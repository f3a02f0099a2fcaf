package dev.penstock.spi.volume;

import static dev.penstock.spi.testing.Settled.done;
import static dev.penstock.spi.testing.Settled.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.FakeVolumes;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.volume.VolumeGate.Passage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VolumeGateTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final Vertx vertx = Vertx.vertx();
  private final Runnable never = this::runAgain;
  private final FakeVolumes volumes = new FakeVolumes();
  private final OpenVolume first = open("first");
  private final OpenVolume second = open("second");
  private final VolumeGate gate = new VolumeGate("the test", vertx, first);

  @AfterEach
  void endEverything() {
    Settled.settled(vertx.close());
    volumes.close();
  }

  @Test
  void admitsWhatWaitedInTheOrderInWhichItCame() {
    done(gate.freeze(LONG));
    List<Integer> admitted = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int number = i;
      assertThat(gate.enter(Passage.WRITE, () -> admitted.add(number))).isFalse();
    }

    done(gate.thaw());

    assertThat(admitted).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void withdrawnRequestsAreNeverRun() {
    done(gate.freeze(LONG));
    gate.enter(Passage.WRITE, never);

    assertThat(gate.withdraw(never)).isTrue();
    assertThat(gate.withdraw(never)).isFalse();

    done(gate.thaw());
  }

  @Test
  void requestsCannotWaitTwice() {
    done(gate.freeze(LONG));
    gate.enter(Passage.WRITE, never);

    assertThatThrownBy(() -> gate.enter(Passage.WRITE, never))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void admittedRequestsCannotBeWithdrawn() {
    done(gate.freeze(LONG));
    List<String> ran = new ArrayList<>();
    Runnable request = () -> ran.add("request");
    gate.enter(Passage.WRITE, request);
    done(gate.thaw());

    assertThat(gate.withdraw(request)).isFalse();
    assertThat(ran).containsExactly("request");
  }

  @Test
  void volumeStaysTheSameBetweenEnteringAndLeaving() {
    gate.enter(Passage.READ, never);
    Future<Void> retiring = gate.retire(second, LONG);

    assertThat(gate.volume()).isSameAs(first);
    assertThat(retiring.isComplete()).isFalse();
    gate.leave(Passage.READ);

    done(retiring);
    assertThat(gate.volume()).isSameAs(second);
  }

  @Test
  void readersWaitOnlyWhileTheVolumeIsExchanged() {
    gate.enter(Passage.READ, never);
    gate.retire(second, LONG);
    List<OpenVolume> used = new ArrayList<>();

    assertThat(gate.enter(Passage.READ, () -> used.add(gate.volume()))).isFalse();
    gate.leave(Passage.READ);

    assertThat(used).containsExactly(second);
  }

  @Test
  void retiringFromAFreezeThatFailsStaysFrozen() {
    done(gate.freeze(LONG));
    gate.enter(Passage.READ, never);

    assertThat(failure(gate.retire(second, Duration.ofMillis(20))))
        .isInstanceOf(GatewayError.Unavailable.class);

    assertThat(gate.enter(Passage.WRITE, () -> {})).isFalse();
    assertThat(gate.volume()).isSameAs(first);
  }

  @Test
  void whatWasRetiredIsFrozenAndRetiredLikeAnyOther() {
    done(gate.retire(second, LONG));
    done(gate.freeze(LONG));
    assertThat(gate.tryEnter(Passage.WRITE)).isFalse();

    done(gate.retire(first, LONG));

    assertThat(gate.volume()).isSameAs(first);
    assertThat(gate.enter(Passage.WRITE, never)).isTrue();
  }

  @Test
  void nobodyPassesAHaltedGateUntilItIsThawed() {
    gate.enter(Passage.READ, never);
    done(gate.freeze(LONG));
    Future<Void> halting = gate.halt(LONG);
    assertThat(halting.isComplete()).isFalse();
    gate.leave(Passage.READ);
    done(halting);
    List<String> passed = new ArrayList<>();

    assertThat(gate.enter(Passage.READ, () -> passed.add("read"))).isFalse();
    assertThat(gate.enter(Passage.WRITE, () -> passed.add("write"))).isFalse();
    done(gate.freeze(LONG));
    assertThat(passed).isEmpty();
    done(gate.thaw());

    assertThat(passed).containsExactly("read", "write");
  }

  @Test
  void haltsThatTakeTooLongGoBackToTheFreeze() {
    done(gate.freeze(LONG));
    gate.enter(Passage.READ, never);

    assertThat(failure(gate.halt(Duration.ofMillis(20))))
        .isInstanceOf(GatewayError.Unavailable.class);

    assertThat(gate.tryEnter(Passage.READ)).isTrue();
    assertThat(gate.tryEnter(Passage.WRITE)).isFalse();
  }

  @Test
  void isUnusedWhileNobodyIsInsideAndNobodyWaits() {
    assertThat(gate.isUnused()).isTrue();
    gate.enter(Passage.READ, never);
    assertThat(gate.isUnused()).isFalse();
    gate.leave(Passage.READ);
    done(gate.freeze(LONG));
    gate.enter(Passage.WRITE, never);
    assertThat(gate.isUnused()).isFalse();

    gate.withdraw(never);

    assertThat(gate.isUnused()).isTrue();
  }

  @Test
  void isIdleOnceEverybodyHasLeft() {
    done(gate.whenIdle());
    gate.enter(Passage.READ, never);
    gate.enter(Passage.WRITE, never);
    Future<Void> idle = gate.whenIdle();
    gate.leave(Passage.READ);
    assertThat(idle.isComplete()).isFalse();
    gate.leave(Passage.WRITE);

    done(idle);
  }

  /** Freezes, thaws, withdrawals and one retirement among many that enter and leave. */
  @Test
  void neverAdmitsAWriterIntoAFreezeNorTwoVolumesAtOnceNorLosesARequest() throws Exception {
    int threads = 6;
    var enough = new AtomicBoolean();
    var writers = new AtomicInteger();
    var onFirst = new AtomicInteger();
    var lost = new AtomicInteger();
    try (ExecutorService requests = Executors.newFixedThreadPool(threads)) {
      List<java.util.concurrent.Future<?>> running = new ArrayList<>();
      IntStream.range(0, threads)
          .forEach(i ->
              running.add(
                  requests.submit(() -> {
                    Passage passage = i % 2 == 0 ? Passage.WRITE : Passage.READ;
                    while (!enough.get()) passOnce(passage, writers, onFirst, lost);
                  })));
      for (int round = 0; round < 200; round++) {
        done(gate.freeze(LONG));
        assertThat(writers).as("writers inside, round %d", round).hasValue(0);
        done(gate.thaw());
      }
      done(gate.retire(second, LONG));
      assertThat(onFirst).as("inside with the volume that was retired").hasValue(0);
      enough.set(true);
      for (java.util.concurrent.Future<?> one : running) one.get();
    }
    done(gate.whenIdle());
    assertThat(lost).hasValue(0);
    assertThat(writers).hasValue(0);
  }

  private void passOnce(
      Passage passage, AtomicInteger writers, AtomicInteger onFirst, AtomicInteger lost) {
    var admitted = new CountDownLatch(1);
    boolean atOnce = gate.enter(passage, admitted::countDown);
    try {
      if (!atOnce && !admitted.await(30, TimeUnit.SECONDS)) {
        lost.incrementAndGet();
        return;
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    boolean isFirst = gate.volume().equals(first);
    if (passage == Passage.WRITE) writers.incrementAndGet();
    if (isFirst) onFirst.incrementAndGet();
    Thread.onSpinWait();
    if (isFirst) onFirst.decrementAndGet();
    if (passage == Passage.WRITE) writers.decrementAndGet();
    gate.leave(passage);
  }

  private void runAgain() {
    throw new AssertionError("was admitted at once, and is run again");
  }

  private OpenVolume open(String name) {
    return volumes.openUnowned(MemoryVolume.named(name, 4096), Access.WRITE);
  }
}
