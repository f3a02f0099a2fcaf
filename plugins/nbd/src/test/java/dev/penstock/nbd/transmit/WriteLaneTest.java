package dev.penstock.nbd.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Replies;
import dev.penstock.nbd.wire.RequestHeader;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeGate;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Small writes wait for one another while some are under way, and each has its own outcome. */
class WriteLaneTest {
  private final Vertx vertx = Vertx.vertx();
  private final MemoryVolume demo = MemoryVolume.ofBytes(1 << 20);
  private final Worker worker = new Worker(demo);
  private final VolumeGate gate = new VolumeGate("the test", vertx, worker);
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {}
          });
  private final Outcomes outcomes = new Outcomes();
  private final StoreWaits waits =
      new StoreWaits(channel.pipeline().firstContext(), gate, outcomes);

  @AfterEach
  void stop() {
    channel.finishAndReleaseAll();
    vertx.close();
  }

  private void write(int flags, long cookie) {
    var header = new RequestHeader(flags, Command.WRITE, cookie, cookie * 512, 512);
    var call = new ChangeCall(header, Replies.SIMPLE, Unpooled.directBuffer(512).writeZero(512));
    waits.begin(header, call, 0);
  }

  private void write(long cookie) {
    write(0, cookie);
  }

  @Test
  void whatArrivedTogetherIsOneCallOfAWorker() {
    for (int i = 0; i < 10; i++) write(i);
    assertThat(worker.calls).isEmpty();

    waits.inputEnds();

    assertThat(worker.calls).hasSize(1);
    worker.work();
    assertThat(outcomes.done).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    assertThat(gate.whenIdle().isComplete()).isTrue();
  }

  @Test
  void whatArrivesMeanwhileIsWrittenByTheSameWorkerWithoutAnotherCall() {
    for (int i = 0; i < 5; i++) {
      write(i);
      waits.inputEnds();
    }
    assertThat(worker.calls).hasSize(1);

    worker.work();

    assertThat(outcomes.done).containsExactly(0L, 1L, 2L, 3L, 4L);
    assertThat(worker.calls).isEmpty();
  }

  @Test
  void aWorkerThatHadManyLetsOthersHaveTheirTurn() {
    for (int i = 0; i < 64 * 17; i++) write(i % 1000);
    worker.work();
    assertThat(outcomes.done).hasSize(64 * 16);
    assertThat(worker.calls).as("again, behind the others").hasSize(1);
    worker.work();
    assertThat(outcomes.done).hasSize(64 * 17);
  }

  @Test
  void writesThatFoundNoWorkerAreTriedAgain() {
    worker.full = true;
    write(0);
    write(1);
    waits.inputEnds();
    assertThat(outcomes.done).isEmpty();

    worker.full = false;
    waits.scan(Duration.ofMinutes(1), 0);
    while (!worker.calls.isEmpty()) worker.work();

    assertThat(outcomes.done).containsExactly(0L, 1L);
  }

  @Test
  void whatGathersWhenALaneFindsNoWorkerForItsNextTurnDoesNotStayInside() {
    for (int i = 0; i < 64 * 18 + 1; i++) write(i % 1000);
    worker.full = true;

    worker.work();

    assertThat(outcomes.done).hasSize(64 * 16);
    assertThat(gate.whenIdle().isComplete()).as("a freeze need not wait for the rest").isTrue();
    worker.full = false;
    waits.scan(Duration.ofMinutes(1), 0);
    while (!worker.calls.isEmpty()) worker.work();
    assertThat(outcomes.done).hasSize(64 * 18 + 1);
  }

  @Test
  void oneThatFailsTakesNoOtherWithIt() {
    demo.faults()
        .failNext(1, Call.WRITE, () -> new GatewayError.NoSpace("the disk is full, says the test"));
    for (int i = 0; i < 3; i++) write(i);
    waits.inputEnds();
    worker.work();
    assertThat(outcomes.failed).containsExactly(0L);
    assertThat(outcomes.done).containsExactly(1L, 2L);
    assertThat(worker.failures).as("the host hears of it").isEqualTo(1);
  }

  @Test
  void aFailureIsNotThatOfWritesThatCameWhileItHappened() {
    demo.faults()
        .failNext(1, Call.WRITE, () -> new GatewayError.NoSpace("the disk is full, says the test"));
    write(0);
    waits.inputEnds();
    worker.later = () -> write(1);
    worker.work();
    waits.inputEnds();
    while (!worker.calls.isEmpty()) worker.work();
    assertThat(outcomes.failed).containsExactly(0L);
    assertThat(outcomes.done).containsExactly(1L);
  }

  @Test
  void whatMustBeDurableWaitsForNobody() {
    write(0);
    waits.inputEnds();
    write(Wire.CMD_FLAG_FUA, 1);
    assertThat(worker.calls).hasSize(2);
    worker.work();
    worker.work();
    assertThat(outcomes.done).containsExactly(0L, 1L);
  }

  @Test
  void aConnectionThatIsGoneWhileWritesGatherLeavesNothingInside() {
    write(0);
    waits.close();
    worker.work();
    assertThat(outcomes.over).containsExactly(0L);
    assertThat(gate.whenIdle().isComplete()).isTrue();
  }

  @Test
  void whatABrokenConnectionHadNotGotToIsNeverCarriedOut() {
    write(0);
    waits.inputEnds();
    write(1);
    write(Wire.CMD_FLAG_FUA, 2);

    waits.close();
    while (!worker.calls.isEmpty()) worker.work();

    assertThat(demo.faults().begun(Call.WRITE)).as("over what was written since").isZero();
    assertThat(outcomes.over).containsExactlyInAnyOrder(0L, 1L, 2L);
    assertThat(gate.whenIdle().isComplete()).isTrue();
  }

  @Test
  void ofABatchThatIsBeingWrittenWhenItsConnectionBreaksTheRestIsLeft() {
    demo.faults()
        .failNext(
            1,
            Call.WRITE,
            () -> {
              waits.close();
              return new GatewayError.NoSpace("the disk is full, says the test");
            });
    for (int i = 0; i < 3; i++) write(i);
    waits.inputEnds();
    worker.work();
    assertThat(demo.faults().begun(Call.WRITE)).isEqualTo(1);
    assertThat(outcomes.over).containsExactly(0L, 1L, 2L);
  }

  @Test
  void whatWasAnsweredWithAnErrorBeforeItsTurnCameIsNeverCarriedOut() {
    write(0);
    waits.inputEnds();
    write(Wire.CMD_FLAG_FUA, 1);
    waits.scan(Duration.ofMinutes(1), Duration.ofMinutes(1).toNanos());
    assertThat(outcomes.gaveUp).containsExactly(0L, 1L);

    while (!worker.calls.isEmpty()) worker.work();

    assertThat(demo.faults().begun(Call.WRITE)).isZero();
    assertThat(outcomes.over).containsExactly(0L, 1L);
  }

  /** Works when it is told to. */
  private static final class Worker implements OpenVolume {
    private final Volume volume;
    private final Queue<Runnable> calls = new ArrayDeque<>();
    private int failures;
    private boolean full;
    private Runnable later = () -> {};

    Worker(Volume volume) {
      this.volume = volume;
    }

    void work() {
      calls.remove().run();
    }

    @Override
    public Volume volume() {
      return volume;
    }

    @Override
    public Access access() {
      return Access.WRITE;
    }

    @Override
    public <T> Future<T> run(Callable<T> call) {
      if (full) {
        return Future.failedFuture(
            new GatewayError.Unavailable(
                GatewayError.Scope.RESOURCE, Duration.ofMillis(1), "all workers are busy"));
      }
      Promise<T> done = Promise.promise();
      calls.add(() -> {
        try {
          done.complete(call.call());
        } catch (Exception failure) {
          failures++;
          later.run();
          done.fail(failure);
        }
      });
      return done.future();
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }

  private final class Outcomes implements StoreWaits.Owner {
    private final List<Long> done = new ArrayList<>();
    private final List<Long> failed = new ArrayList<>();
    private final List<Long> gaveUp = new ArrayList<>();
    private final List<Long> over = new ArrayList<>();

    @Override
    public void admitted(InFlight request) {
      waits.submit(request);
    }

    @Override
    public void admittedLater(InFlight request) {
      waits.submit(request);
    }

    @Override
    public void performed(InFlight request, Optional<Throwable> failure) {
      (failure.isEmpty() ? done : failed).add(request.header.cookie());
      end(request);
    }

    @Override
    public void gaveUp(InFlight request, String detail) {
      gaveUp.add(request.header.cookie());
    }

    @Override
    public void over(InFlight request) {
      over.add(request.header.cookie());
      end(request);
    }

    @Override
    public void postponed() {}

    private void end(InFlight request) {
      request.call.release();
      waits.remove(request);
    }
  }
}
