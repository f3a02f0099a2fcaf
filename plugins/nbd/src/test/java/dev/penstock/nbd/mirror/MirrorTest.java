package dev.penstock.nbd.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.client.FakeServer;
import dev.penstock.nbd.client.FakeServer.Script;
import dev.penstock.nbd.client.Samples;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.BlockTarget;
import dev.penstock.spi.handoff.BlockTarget.Farewell;
import dev.penstock.spi.handoff.BlockTargets.Aim;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a mirror says to a listener, good or bad. Numbers are those of flexnbd's own scenarios. */
@Timeout(60)
class MirrorTest {
  private static final int SIZE_BYTES = 5 << 20;
  private static final Duration SHORT = Duration.ofMillis(150);

  private static final MirrorLimits LIMITS =
      new MirrorLimits(Duration.ofSeconds(15), SHORT, Duration.ofSeconds(30), 4);

  private static Vertx vertx;
  private Optional<FakeServer> server = Optional.empty();
  private Optional<BlockTarget> open = Optional.empty();

  @BeforeAll
  static void begin() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void end() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @AfterEach
  void closes() {
    open.ifPresent(BlockTarget::close);
    server.ifPresent(FakeServer::close);
  }

  private FakeServer listens(Script... scripts) {
    server = Optional.of(FakeServer.of(SIZE_BYTES, scripts));
    return server.get();
  }

  private BlockTarget opens(Script... scripts) {
    return opens(listens(scripts), SHORT);
  }

  private BlockTarget opens(FakeServer there, Duration answer) {
    return opens(there.uriWithoutName().replace("nbd:", "flexnbd:"), SIZE_BYTES, answer);
  }

  private BlockTarget opens(String uri, long sizeBytes, Duration answer) {
    var aim = new Aim(uri, sizeBytes, Optional.of("127.0.0.1"), Optional.empty(), answer);
    BlockTarget target = NbdTarget.open(vertx, MirrorUri.parse(uri).orElseThrow(), aim, LIMITS);
    open = Optional.of(target);
    return target;
  }

  private static void hello(FakeServer.Session session) throws IOException {
    session.flags(FlexnbdListener.FLAGS).oldStyle();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** What a whole volume that is sent in one go fails with. */
  private static GatewayError failsToMove(BlockTarget target) {
    return catchThrowableOfType(
        GatewayError.class,
        () -> {
          target.write(0, Samples.pattern(1, SIZE_BYTES));
          target.commit();
        });
  }

  @Test
  void aWholeVolumeArrivesAndTheDisconnectMessageIsTheLastThatIsSaid() {
    var listener = new FlexnbdListener();
    FakeServer there = listens(listener.listens());
    BlockTarget target = opens(there, Duration.ofSeconds(30));
    byte[] all = Samples.bytes(SIZE_BYTES);
    java.util.Arrays.fill(all, 3 << 20, 4 << 20, (byte) 0);

    target.write(0, ByteBuffer.wrap(all, 0, 3 << 20));
    target.zero(3 << 20, 1 << 20);
    target.write(4 << 20, ByteBuffer.wrap(all, 4 << 20, 1 << 20));

    assertThat(target.commit()).isEqualTo(Farewell.HEARD);
    await()
        .untilAsserted(
            () -> assertThat(listener.outcome).isEqualTo(FlexnbdListener.Outcome.COMPLETE));
    assertThat(there.disk).isEqualTo(all);
    assertThat(listener.flushes.get()).as("durable before it is said that it was all").isEqualTo(1);
  }

  @Test
  void whatIsGivenUpIsNeverSaidToBeComplete() {
    var listener = new FlexnbdListener();
    BlockTarget target = opens(listens(listener.listens()), Duration.ofSeconds(30));
    target.write(0, Samples.pattern(7, SIZE_BYTES));
    target.flush();

    target.close();

    await()
        .untilAsserted(
            () -> assertThat(listener.outcome).isEqualTo(FlexnbdListener.Outcome.GIVEN_UP));
  }

  @Test
  void moreThanTheLimitIsNeverUnderWay() throws Exception {
    var looked = new CountDownLatch(1);
    var underWay = new CompletableFuture<Integer>();
    BlockTarget target =
        opens(
            listens(session -> {
              hello(session);
              int writes = 0;
              for (; writes < 4; writes++) session.next();
              awaitQuietly(looked);
              underWay.complete(session.in.available());
              session.hang();
            }),
            Duration.ofSeconds(30));
    var writer =
        Thread.ofVirtual()
            .start(() -> {
              try {
                target.write(0, Samples.pattern(1, SIZE_BYTES));
              } catch (GatewayError _) {
                // given up below
              }
            });

    await().until(() -> writer.getState() == Thread.State.TIMED_WAITING);
    looked.countDown();

    assertThat(underWay.get()).as("bytes of a fifth request").isZero();
    target.close();
    writer.join();
  }

  /** 29. */
  @Test
  void nobodyListens() throws IOException {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    assertThatThrownBy(() -> opens("flexnbd://127.0.0.1:" + port, SIZE_BYTES, SHORT))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("failed to connect to flexnbd://127.0.0.1:" + port)
        .hasMessageContaining("refused");
  }

  /** 30. What a stop does: the connection ends, and nothing is said. */
  @Test
  void aMirrorThatIsStoppedAfterTheHelloSaysNothing() {
    var listener = new FlexnbdListener();
    opens(listens(listener.listens()), SHORT).close();
    await()
        .untilAsserted(
            () -> assertThat(listener.outcome).isEqualTo(FlexnbdListener.Outcome.GIVEN_UP));
  }

  /** 31. */
  @Test
  void aListenerThatIsSilentIsNotWaitedFor() {
    assertThatThrownBy(() -> opens(FakeServer.Session::hang))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("did not answer within 150 ms");
    assertThat(server.orElseThrow().connections()).isEqualTo(1);
  }

  /** 32. */
  @Test
  void aListenerThatClosesAtOnceRejects() {
    assertThatThrownBy(() -> opens(FakeServer.Session::close))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("was rejected by flexnbd://");
  }

  /** 33. */
  @Test
  void anotherSizeIsNamedAndTheSocketClosed() {
    var outcome = new CompletableFuture<Integer>();
    FakeServer there =
        listens(session -> {
          session.size(SIZE_BYTES + 512);
          hello(session);
          outcome.complete(session.in.read());
        });
    assertThatThrownBy(() -> opens(there, Duration.ofSeconds(30)))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("size does not match: the volume has 5242880 bytes")
        .hasMessageEndingWith("has 5243392");
    assertThat(outcome.join()).as("its end, and not a byte before").isEqualTo(-1);
  }

  /** 34. */
  @Test
  void aWrongMagicIsRejected() {
    assertThatThrownBy(() ->
            opens(session -> {
              session.out.write(new byte[152]);
              session.hang();
            }))
        .isInstanceOf(GatewayError.Unsupported.class)
        .hasMessageContaining("was rejected by flexnbd://")
        .hasMessageContaining("this is no NBD server");
  }

  @Test
  void aListenerThatNegotiatesIsNoneOfFlexnbds() {
    assertThatThrownBy(() -> opens(FakeServer.serve()))
        .isInstanceOf(GatewayError.Unsupported.class)
        .hasMessageContaining("speaks new-style NBD: write nbd://");
  }

  /** 35. It has started; what comes then is for whoever mirrors to try again. */
  @Test
  void aListenerThatClosesAfterTheHelloIsLost() {
    BlockTarget target = opens(MirrorTest::hello);
    assertThat(failsToMove(target))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("was lost");
  }

  /** 36. */
  @Test
  void aWriteThatIsNeverAnsweredEndsWithTheLimit() {
    BlockTarget target =
        opens(session -> {
          hello(session);
          session.next();
          session.hang();
        });
    assertThat(failsToMove(target))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("did not answer within 150 ms");
  }

  /** 37. */
  @Test
  void aWriteThatFailsEndsTheMirrorWithWhatWasAnswered() {
    BlockTarget target =
        opens(session -> {
          hello(session);
          session.fail(session.next(), ErrorNumber.ENOSPC.code());
          session.hang();
        });
    assertThat(failsToMove(target))
        .isInstanceOf(GatewayError.NoSpace.class)
        .hasMessageContaining("ENOSPC");
    assertThatThrownBy(target::commit)
        .as("whatever comes after")
        .isInstanceOf(GatewayError.NoSpace.class);
  }

  /** 38. */
  @Test
  void aListenerThatClosesBeforeItsReplyIsLost() {
    BlockTarget target =
        opens(session -> {
          hello(session);
          session.next();
        });
    assertThat(failsToMove(target)).isInstanceOf(GatewayError.Unavailable.class);
  }

  /** 39. */
  @Test
  void aReplyWithAnotherMagicIsNone() {
    BlockTarget target =
        opens(session -> {
          hello(session);
          session.next();
          session.out.write(new byte[16]);
          session.hang();
        });
    assertThat(failsToMove(target))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("where a reply begins");
  }

  /** 40. */
  @Test
  void aListenerThatClosesBeforeTheCommitIsNotCommittedTo() {
    BlockTarget target =
        opens(session -> {
          hello(session);
          for (int i = 0; i < 5; i++) session.answer(session.next());
        });
    assertThat(failsToMove(target)).isInstanceOf(GatewayError.Unavailable.class);
  }

  @Test
  void whatIsSaidToOneThatBreaksThenMayHaveArrived() {
    BlockTarget target =
        opens(
            listens(session -> {
              hello(session);
              for (int i = 0; i < 6; i++) session.answer(session.next());
              session.header();
              session.reset();
            }),
            Duration.ofSeconds(30));
    target.write(0, Samples.pattern(1, SIZE_BYTES));
    assertThat(target.commit()).isEqualTo(Farewell.UNSURE);
  }

  /** 41: a break right after the hello; another mirror can begin at once. */
  @Test
  void afterOneThatWasGivenUpAnotherRunsToItsEnd() {
    var listener = new FlexnbdListener();
    FakeServer there = listens(listener.listens());
    opens(there, Duration.ofSeconds(30)).close();

    BlockTarget target = opens(there, Duration.ofSeconds(30));
    target.write(0, Samples.pattern(9, SIZE_BYTES));
    target.commit();

    await()
        .untilAsserted(
            () -> assertThat(listener.outcome).isEqualTo(FlexnbdListener.Outcome.COMPLETE));
    assertThat(there.disk).isEqualTo(Samples.pattern(9, SIZE_BYTES).array());
  }

  /** E14: an empty volume moves. */
  @Test
  void anEmptyVolumeMoves() {
    var listener = new FlexnbdListener();
    server = Optional.of(FakeServer.of(0, listener.listens()));
    BlockTarget target =
        opens(server.get().uriWithoutName().replace("nbd:", "flexnbd:"), 0, Duration.ofSeconds(30));
    assertThat(target.commit()).isEqualTo(Farewell.HEARD);
  }

  /** E4 of the other side: no range is asked for that wraps. */
  @Test
  void aRangePastTheEndIsRefusedHere() {
    BlockTarget target = opens(listens(new FlexnbdListener().listens()), Duration.ofSeconds(30));
    for (long offset : new long[] {SIZE_BYTES - 511, Long.MAX_VALUE - 511, -512})
      assertThatThrownBy(() -> target.write(offset, ByteBuffer.allocate(512)))
          .as("at %d", offset)
          .isInstanceOf(GatewayError.Invalid.class);
  }
}
