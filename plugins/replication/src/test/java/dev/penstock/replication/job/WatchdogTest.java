package dev.penstock.replication.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.penstock.replication.config.ListenSettings;
import dev.penstock.replication.config.PeerAddress;
import dev.penstock.replication.config.PeerSettings;
import dev.penstock.replication.job.DeadLine.State;
import dev.penstock.replication.job.StuckSnapshots.Call;
import dev.penstock.replication.peer.PeerAnswers;
import dev.penstock.replication.peer.PeerClient;
import dev.penstock.replication.peer.PeerDesk;
import dev.penstock.replication.peer.PeerLink;
import dev.penstock.replication.peer.PeerListener;
import dev.penstock.replication.peer.PeerRequests;
import dev.penstock.replication.peer.RemoteReceiver;
import dev.penstock.replication.report.RunReport;
import dev.penstock.replication.report.RunReport.Outcome;
import dev.penstock.replication.report.VolumeReport;
import dev.penstock.replication.site.Receiver;
import dev.penstock.replication.site.Sender;
import dev.penstock.replication.site.SiteLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.SocketAccess;
import dev.penstock.spi.testing.FakeListeners;
import dev.penstock.spi.testing.FakeTasks;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who does not get on is not waited for, and has nothing any more afterwards. */
class WatchdogTest {
  private static final int SIZE = 8 << 20;
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final int CONNECTIONS = 3;
  private static final PeerDesk.Forwarded NO_CLIENTS =
      (_, _, _, request) -> PeerAnswers.refuse(request, PeerRequests.unknown(request));

  private final StuckSnapshots sender = new StuckSnapshots("a");
  private final StuckSnapshots receiver = new StuckSnapshots("copy.a");
  private final TwoGateways gateways = new TwoGateways(sender, receiver);
  private final FakeTasks theirTasks = new FakeTasks();
  private final Vertx vertx = Vertx.vertx();
  private Optional<DeadLine> line = Optional.empty();
  private int listening;

  private void volume(String name) {
    var bytes = new byte[SIZE];
    new Random(name.hashCode()).nextBytes(bytes);
    gateways.create(name, SIZE);
    gateways.write(name, 0, bytes);
    gateways.take(name, "1");
  }

  @AfterEach
  void close() throws Exception {
    if (line.isPresent()) line.get().close();
    TwoGateways.await(vertx.close());
  }

  @ParameterizedTest
  @EnumSource(value = Call.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void aCallOfAStoreThatNeverReturnsEndsItsStepAndNoOther(Call call) throws Exception {
    volume("a");
    volume("b");
    gateways.limit = SHORT;
    gateways.attempts = 2;
    sender.stick(call);
    receiver.stick(call);

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(volume(report, "a").error().orElseThrow().what())
        .containsAnyOf("did not come within 500 ms", "stalled");
    gateways.assertCopied("b");
    assertNothingIsUnderWay(gateways.tasks);
    assertThat(sender.needed()).as("nobody has answered for it").containsOnlyKeys("a job offsite");

    sender.stick(Call.NONE);
    receiver.stick(Call.NONE);
    gateways.limit = LONG;
    assertThat(gateways.run().outcome()).isEqualTo(Outcome.SUCCEEDED);
    gateways.assertCopied("a");
    assertThat(sender.needed()).isEmpty();
  }

  private static VolumeReport volume(RunReport report, String name) {
    return report.attempts().getLast().volumes().stream()
        .filter(volume -> volume.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private void assertNothingIsUnderWay(FakeTasks tasks) {
    assertThat(tasks.all()).allMatch(FakeTasks.Begun::hasEnded);
    assertThat(sender.open()).isZero();
    assertThat(receiver.open()).isZero();
  }

  @ParameterizedTest
  @EnumSource(value = State.class, names = "SOUND", mode = EnumSource.Mode.EXCLUDE)
  void aPeerThatGoesNowhereIsGivenUpAndBothSidesAreDone(State state) throws Exception {
    volume("a");
    connect(SHORT);
    gateways.limit = SHORT;
    gateways.between = atThePiece(3, () -> line.orElseThrow().become(state));

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(volume(report, "a").error()).isPresent();
    await().untilAsserted(() -> assertNothingIsUnderWay(theirTasks));
    assertNothingIsUnderWay(gateways.tasks);

    line.orElseThrow().become(State.SOUND);
    gateways.limit = LONG;
    gateways.between = Between.NOTHING;
    connect(LONG);
    assertThat(gateways.run().outcome()).isEqualTo(Outcome.SUCCEEDED);
    gateways.assertCopied("a");
  }

  private static Between atThePiece(int which, Runnable action) {
    var pieces = new AtomicInteger();
    return new Between() {
      @Override
      public void before(String what) {
        if (what.equals("take") && pieces.incrementAndGet() == which) action.run();
      }

      @Override
      public void after(String what) {}
    };
  }

  @Test
  void questionsThatNobodyAnswersLeaveNoConnectionBehind() throws Exception {
    PeerClient client = connect(SHORT);
    line.orElseThrow().become(State.BLACK_HOLE);
    for (int i = 0; i < 2 * CONNECTIONS; i++)
      assertThatExceptionOfType(GatewayError.Unavailable.class)
          .isThrownBy(client::hello)
          .matches(away -> away.scope() == Scope.CONNECTION);

    line.orElseThrow().become(State.SOUND);

    assertThat(client.hello().us()).isEqualTo("laptop");
  }

  @Test
  void aSenderThatHasLostItsLineGoesOnThoughTheReceiverHasNotSeenThat() throws Exception {
    volume("a");
    gateways.limit = LONG;
    connect(LONG);
    gateways.attempts = 1;
    gateways.between =
        atThePiece(
            3,
            () -> {
              await().until(() -> receiver.open() == 1); // what went before may still be on its way
              line.orElseThrow().become(State.BLACK_HOLE);
              throw TwoGateways.peerAway();
            });
    assertThat(gateways.run().outcome()).isEqualTo(Outcome.FAILED);
    assertThat(receiver.open()).isOne();

    line.orElseThrow().become(State.SOUND);
    gateways.attempts = 100; // what is broken off takes a moment to be closed
    gateways.between = Between.NOTHING;

    assertThat(gateways.run().outcome()).isEqualTo(Outcome.SUCCEEDED);
    gateways.assertCopied("a");
  }

  @Test
  void whoComesInAndSaysNothingDoesNotStay() throws Exception {
    connect(SHORT);
    try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), listening)) {
      silent.setSoTimeout((int) LONG.toMillis());
      assertThat(silent.getInputStream().read()).isEqualTo(-1);
    }
  }

  /** A receiver that a line leads to, and whose limits are these. */
  private PeerClient connect(Duration limit) throws Exception {
    if (line.isPresent()) line.get().close();
    var limits = new SiteLimits(limit, limit, limit);
    var desk =
        new PeerDesk(vertx, theirTasks, limits, NO_CLIENTS, PeerDesk.hello("there", List.of()));
    var listener =
        new PeerListener(
            vertx,
            new ListenSettings(
                new ListenAddress.Tcp("127.0.0.1", 0),
                SocketAccess.OWNER_ALONE,
                Optional.of("laptop")),
            new FakeListeners(),
            desk,
            _ -> Optional.empty(),
            _ -> Optional.of(new Laptop()));
    TwoGateways.await(listener.open(Optional.empty()));
    listening = Integer.parseInt(listener.address().replaceAll(".*:", ""));
    line = Optional.of(new DeadLine(listening));
    var address = new PeerAddress.Http("127.0.0.1", line.get().port());
    var link =
        new PeerLink(
            vertx,
            new PeerSettings(
                "there",
                Optional.of(address),
                "there",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                1,
                1),
            Optional.empty(),
            Optional.empty(),
            CONNECTIONS);
    TwoGateways.await(link.open());
    PeerClient client = link.client("offsite", limit);
    gateways.remote =
        Optional.of(new TwoGateways.RemoteEnd(new RemoteReceiver(client, limits), client::hello));
    return client;
  }

  /** It may send. */
  private final class Laptop implements PeerDesk.Guest {
    @Override
    public String name() {
      return "laptop";
    }

    @Override
    public Sender sender(String job, Optional<Integer> compression) {
      throw new GatewayError.Denied("it fetches nothing");
    }

    @Override
    public Receiver receiver(String job) {
      return gateways.localReceiver();
    }

    @Override
    public int streamsMax() {
      return 2;
    }

    @Override
    public String handedOver(String volume) {
      throw new GatewayError.Denied("it hands nothing over");
    }

    @Override
    public boolean maySend() {
      return true;
    }

    @Override
    public boolean mayFetch() {
      return false;
    }
  }
}
