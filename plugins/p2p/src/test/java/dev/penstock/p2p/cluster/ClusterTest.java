package dev.penstock.p2p.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.flow.Permits;
import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.KeyStoreFaults.Call;
import dev.penstock.spi.testing.MemoryKeyStore;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClusterTest {
  private static final Key KEY = Key.parse("WORM-s6-m1--six");
  private static final Buffer SIX = Buffer.buffer("abcdef");
  private static final Optional<RawText> FILE = Optional.of(RawText.of("six"));
  private static final Caller CALLER = new Caller("client", Set.of("far"), 4);
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Duration SHORT = Duration.ofMillis(100);

  private final Vertx vertx = Vertx.vertx();
  private final MemoryKeyStore a = new MemoryKeyStore("uuid-a");
  private final MemoryKeyStore b = new MemoryKeyStore("uuid-b");
  private final MemoryKeyStore c = new MemoryKeyStore("uuid-c");
  private final FakeClock clockOfA = new FakeClock();
  private final FakeClock clockOfB = new FakeClock();
  private final Map<MemoryKeyStore, FakeClock> clocks =
      Map.of(a, clockOfA, b, clockOfB, c, new FakeClock());
  private final Permits permits = new Permits(vertx, "accesses of nodes", 6, 1000, LONG);
  private final AtomicLong nanos = new AtomicLong(Duration.ofSeconds(1000).toNanos());
  private Cluster cluster = cluster(LONG);

  private Cluster cluster(Duration limit) {
    return cluster(
        new ClusterLimits(limit, limit, limit), Node.of("a", a), Node.of("b", b), Node.of("c", c));
  }

  private Cluster cluster(ClusterLimits limits, Node... nodes) {
    var made =
        new Cluster("trio", "ac000000", List.of(nodes), Set.of("us"), permits, limits, nanos::get);
    var settings = TestSettings.block("x", Map.of());
    Settled.done(made.open(FakeKeyStoreContext.of("remote", settings, vertx)));
    clocks.forEach((store, clock) -> {
      var noChildren = FakeKeyStoreContext.of("remote", settings, vertx).children();
      Settled.done(store.open(new FakeKeyStoreContext("x", settings, vertx, noChildren, clock)));
    });
    return made;
  }

  @AfterEach
  void nothingIsLeft() {
    Awaitility.await()
        .untilAsserted(() -> {
          assertThat(permits.underWay()).isZero();
          assertThat(cluster.nodes()).allMatch(node -> node.transfers() == 0);
          assertThat(List.of(a.lent(), b.lent(), c.lent())).containsOnly(0);
        });
    Settled.done(vertx.close());
  }

  private <T> T done(Supplier<Future<T>> asked) {
    return Settled.done(Bodies.on(vertx, asked));
  }

  private Throwable failure(Supplier<Future<?>> asked) {
    return Settled.failure(Bodies.on(vertx, () -> asked.get().mapEmpty()));
  }

  private Putting.Stored put() {
    return done(() -> cluster.put(KEY, FILE, CALLER).compose(this::send));
  }

  private Future<Putting.Stored> send(Putting putting) {
    return Bodies.send(putting, SIX, 4, true);
  }

  private static void has(MemoryKeyStore store) {
    store.has(KEY, SIX.getBytes());
  }

  private static boolean hasIt(MemoryKeyStore store) {
    return store.content(KEY).filter(bytes -> Buffer.buffer(bytes).equals(SIX)).isPresent();
  }

  /** As much of it as an upload that was given up has left there. */
  private void hasPart(KeyStore store, int bytes) {
    done(() ->
        store
            .put(KEY, FILE, CALLER)
            .map(Putting.Upload.class::cast)
            .compose(upload ->
                upload
                    .begin(6)
                    .compose(_ -> upload.write(SIX.getBuffer(0, bytes)))
                    .onComplete(_ -> upload.close())));
  }

  private static Throwable broken() {
    return new GatewayError.Failed(GatewayError.Scope.RESOURCE, "broken");
  }

  @Test
  void whatIsPutGoesToEveryNode() {
    assertThat(put()).isEqualTo(new Putting.Stored(true, Set.of("uuid-a", "uuid-b", "uuid-c")));
    assertThat(List.of(hasIt(a), hasIt(b), hasIt(c))).containsOnly(true);
  }

  @Test
  void nodesAreToldNotToComeBackToThisGateway() {
    put();

    assertThat(a.callers()).containsOnly(new Caller("client", Set.of("far", "us"), 4));
  }

  @Test
  void eachNodeIsFedPastItsOwnOffset() {
    hasPart(a, 5);
    hasPart(b, 2);
    has(c);

    Putting.Upload offered =
        done(() -> cluster.put(KEY, FILE, CALLER).map(Putting.Upload.class::cast));
    assertThat(offered.offset()).isEqualTo(2);
    assertThat(this.<Putting.Stored>done(() -> send(offered)))
        .isEqualTo(new Putting.Stored(true, Set.of("uuid-a", "uuid-b", "uuid-c")));
    assertThat(List.of(hasIt(a), hasIt(b))).containsOnly(true);
  }

  @Test
  void whatAllHaveIsNotWanted() {
    has(a);
    has(b);
    has(c);

    assertThat(this.<Putting>done(() -> cluster.put(KEY, FILE, CALLER)))
        .isEqualTo(new Putting.There(Set.of("uuid-a", "uuid-b", "uuid-c")));
  }

  @Test
  void aNodeThatIsDownDoesNotKeepTheOthersFromStoring() {
    b.faults().failAll(Call.PUT, ClusterTest::broken);

    assertThat(put()).isEqualTo(new Putting.Stored(true, Set.of("uuid-a", "uuid-c")));
  }

  @Test
  void aNodeThatIsNotThereDoesNotKeepTheOthersFromStoring() {
    cluster =
        cluster(
            new ClusterLimits(LONG, LONG, LONG),
            Node.of("a", a),
            new Node("gone", Node.COST, Optional::empty));

    assertThat(put()).isEqualTo(new Putting.Stored(true, Set.of("uuid-a")));
    assertThat(cluster.nodes().getLast().present()).isFalse();
  }

  @Test
  void aNodeThatFailsInTheMiddleIsLeft() {
    b.faults().failAll(Call.WRITE, ClusterTest::broken);

    assertThat(put()).isEqualTo(new Putting.Stored(true, Set.of("uuid-a", "uuid-c")));
    assertThat(cluster.nodes().get(1).errors()).isPositive();
  }

  @Test
  void aNodeThatTakesNothingIsLeft() {
    cluster = cluster(SHORT);
    try (var held = b.faults().hold(Call.WRITE)) {
      assertThat(put()).isEqualTo(new Putting.Stored(true, Set.of("uuid-a", "uuid-c")));
      assertThat(held.held()).isEqualTo(1);
    }
  }

  @Test
  void aNodeThatIsSlowHoldsTheOthersUp() {
    var held = b.faults().hold(Call.WRITE);
    Future<Putting.Stored> under =
        Bodies.on(vertx, () -> cluster.put(KEY, FILE, CALLER).compose(this::send));
    Awaitility.await().until(() -> held.held() == 1);
    assertThat(a.faults().begun(Call.WRITE)).isEqualTo(1);
    assertThat(under.isComplete()).isFalse();

    held.close();

    assertThat(Settled.done(under).also()).hasSize(3);
  }

  @Test
  void aNodeThatDoesNotAnswerAnOfferIsLeftAndItsLateAnswerClosed() {
    cluster = cluster(SHORT);
    var held = b.faults().hold(Call.PUT);

    assertThat(put()).isEqualTo(new Putting.Stored(true, Set.of("uuid-a", "uuid-c")));
    held.close(); // that nothing is left is looked at after each test
  }

  @Test
  void anUploadThatEveryNodeFailsFails() {
    for (MemoryKeyStore one : List.of(a, b, c))
      one.faults().failAll(Call.WRITE, ClusterTest::broken);

    assertThat(failure(() -> cluster.put(KEY, FILE, CALLER).compose(this::send)))
        .hasMessage("broken");
  }

  @Test
  void anOfferThatEveryNodeFailsFails() {
    for (MemoryKeyStore one : List.of(a, b, c)) one.faults().failAll(Call.PUT, ClusterTest::broken);

    assertThat(failure(() -> cluster.put(KEY, FILE, CALLER))).hasMessage("broken");
  }

  @Test
  void whatNoNodeStoresIsNotStored() {
    for (MemoryKeyStore one : List.of(a, b, c)) one.faults().refuse(Call.COMPLETE);

    assertThat(put()).isEqualTo(Putting.Stored.NOT);
  }

  @Test
  void contentComesFromTheCheapestNode() {
    cluster =
        cluster(
            new ClusterLimits(LONG, LONG, LONG),
            new Node("a", 200, () -> Optional.of(a)),
            new Node("b", 100, () -> Optional.of(b)));
    has(a);
    has(b);

    assertThat(read().text()).isEqualTo("abcdef");
    assertThat(a.faults().begun(Call.GET)).isZero();
  }

  private Bodies.Read read() {
    return done(() -> cluster.get(KEY, FILE, 0, CALLER).compose(Bodies::read));
  }

  @Test
  void aCheapNodeThatIsBusyGivesWayToADearOne() {
    cluster =
        cluster(
            new ClusterLimits(LONG, LONG, LONG),
            new Node("a", 150, () -> Optional.of(a)),
            new Node("b", 100, () -> Optional.of(b)));
    has(a);
    has(b);
    Content first = done(() -> cluster.get(KEY, FILE, 0, CALLER));

    assertThat(read().text()).isEqualTo("abcdef");
    assertThat(a.faults().begun(Call.GET)).isEqualTo(1);
    first.close();
  }

  @Test
  void aNodeThatHasFailedIsNotTriedFirstForAWhile() {
    cluster =
        cluster(
            new ClusterLimits(LONG, LONG, LONG),
            new Node("a", 200, () -> Optional.of(a)),
            new Node("b", 100, () -> Optional.of(b)));
    has(a);
    has(b);
    b.faults().failNext(1, Call.GET, ClusterTest::broken);
    assertThat(read().text()).as("from the other").isEqualTo("abcdef");
    read();
    assertThat(b.faults().begun(Call.GET)).isEqualTo(1);

    nanos.addAndGet(Duration.ofMinutes(30).toNanos());
    read();
    assertThat(b.faults().begun(Call.GET)).isEqualTo(2);
  }

  @Test
  void contentThatOneNodeHasIsFoundThere() {
    has(c);

    assertThat(read().text()).isEqualTo("abcdef");
    assertThat(this.<Boolean>done(() -> cluster.isPresent(KEY, CALLER))).isTrue();
  }

  @Test
  void contentThatNoNodeHasIsNotFound() {
    assertThat(failure(() -> cluster.get(KEY, FILE, 0, CALLER)))
        .isInstanceOf(GatewayError.NotFound.class);
    assertThat(this.<Boolean>done(() -> cluster.isPresent(KEY, CALLER))).isFalse();
  }

  @Test
  void aNodeThatCannotBeAskedIsToldOfIfTheOthersDoNotHaveIt() {
    b.faults().failAll(Call.GET, ClusterTest::broken);

    assertThat(failure(() -> cluster.get(KEY, FILE, 0, CALLER))).hasMessage("broken");
  }

  @Test
  void presenceIsUnknownOnlyIfNobodyCanBeAsked() {
    a.faults().failAll(Call.PRESENT, ClusterTest::broken);
    b.faults().failAll(Call.PRESENT, ClusterTest::broken);
    assertThat(this.<Boolean>done(() -> cluster.isPresent(KEY, CALLER))).isFalse();

    c.faults().failAll(Call.PRESENT, ClusterTest::broken);
    assertThat(failure(() -> cluster.isPresent(KEY, CALLER))).hasMessage("broken");
  }

  @Test
  void whatIsRemovedIsRemovedFromEveryNode() {
    has(a);
    has(b);

    assertThat(this.<Removal>done(() -> cluster.remove(KEY, OptionalLong.empty(), CALLER)))
        .isEqualTo(new Removal(true, Set.of("uuid-a", "uuid-b", "uuid-c")));
    assertThat(hasIt(a) || hasIt(b)).isFalse();
  }

  @Test
  void aRemovalThatOneNodeCannotMakeIsNoneButTellsOfTheOthers() {
    has(a);
    has(b);
    b.faults().failAll(Call.REMOVE, ClusterTest::broken);

    assertThat(this.<Removal>done(() -> cluster.remove(KEY, OptionalLong.empty(), CALLER)))
        .isEqualTo(new Removal(false, Set.of("uuid-a", "uuid-c")));
  }

  @Test
  void aNodeThatIsNotThereMayStillHaveWhatIsRemoved() {
    cluster =
        cluster(
            new ClusterLimits(LONG, LONG, LONG),
            Node.of("a", a),
            new Node("gone", Node.COST, Optional::empty));

    assertThat(this.<Removal>done(() -> cluster.remove(KEY, OptionalLong.empty(), CALLER)))
        .isEqualTo(new Removal(false, Set.of("uuid-a")));
  }

  @Test
  void timesAreSaidToEachNodeInItsOwn() {
    clockOfA.advance(Duration.ofDays(1));
    clockOfB.advance(Duration.ofDays(2));
    has(a);
    has(b);
    assertThat(this.<Long>done(() -> cluster.timestamp(CALLER))).isEqualTo(1000);

    pass(Duration.ofSeconds(100));
    assertThat(this.<Removal>done(() -> cluster.remove(KEY, OptionalLong.of(1100), CALLER)))
        .as("too late on the nodes that have it")
        .isEqualTo(new Removal(false, Set.of("uuid-c")));
    assertThat(
            this.<Removal>done(() -> cluster.remove(KEY, OptionalLong.of(1101), CALLER)).removed())
        .isTrue();
    assertThat(a.faults().begun(Call.TIMESTAMP)).isEqualTo(1);
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
    clocks.values().forEach(clock -> clock.advance(time));
  }

  @Test
  void aTimeThatNobodyRemembersIsAskedForAnew() {
    has(a);

    assertThat(this.<Removal>done(() -> cluster.remove(KEY, OptionalLong.of(1000), CALLER)))
        .isEqualTo(new Removal(false, Set.of("uuid-b", "uuid-c")));
    assertThat(
            this.<Removal>done(() -> cluster.remove(KEY, OptionalLong.of(1001), CALLER)).removed())
        .isTrue();
  }

  @Test
  void clientsLockNodesAndNotTheCluster() {
    has(a);

    assertThat(this.<Optional<?>>done(() -> cluster.lock(KEY, CALLER).map(hold -> hold))).isEmpty();
  }

  @Test
  void gatewaysThatTheClientCameThroughAreLeftOut() {
    Caller through = new Caller("client", Set.of("uuid-a", "uuid-b"), 4);
    Putting.Stored stored = done(() -> cluster.put(KEY, FILE, through).compose(this::send));

    assertThat(stored).isEqualTo(new Putting.Stored(true, Set.of("uuid-c")));
  }

  @Test
  void withoutNodesThereIsNothingAndNothingIsRemoved() {
    Caller through = new Caller("client", Set.of("uuid-a", "uuid-b", "uuid-c"), 4);

    assertThat(this.<Boolean>done(() -> cluster.isPresent(KEY, through))).isFalse();
    assertThat(this.<Removal>done(() -> cluster.remove(KEY, OptionalLong.empty(), through)))
        .isEqualTo(Removal.REFUSED);
    assertThat(failure(() -> cluster.put(KEY, FILE, through)))
        .isInstanceOf(GatewayError.Unavailable.class);
  }

  @Test
  void whatCameOtherwiseIsLookedForEverywhere() {
    has(b);

    assertThat(this.<Putting.Stored>done(() -> cluster.cameOtherwise(KEY, FILE, CALLER)))
        .isEqualTo(new Putting.Stored(true, Set.of("uuid-b")));
  }

  /** More at once than there are permits: they wait, and nobody for one that waits for him. */
  @Test
  void nothingIsLeftOfAThousandCallsThatAreGivenUp() {
    has(a);
    Key other = Key.parse("WORM-s6-m1--other");
    for (int i = 0; i < 100; i++) {
      List<Future<?>> under = new ArrayList<>();
      for (int j = 0; j < 5; j++) {
        under.add(
            Bodies.on(vertx, () -> cluster.get(KEY, FILE, 0, CALLER)).onSuccess(Content::close));
        under.add(
            Bodies.on(
                vertx,
                () ->
                    cluster
                        .put(other, FILE, CALLER)
                        .map(Putting.Upload.class::cast)
                        .compose(upload ->
                            upload
                                .begin(6 - upload.offset())
                                .compose(_ -> upload.write(Buffer.buffer("a")))
                                .onComplete(_ -> upload.close()))));
      }
      under.forEach(Settled::settled);
    }

    assertThat(permits.waiting()).isZero();
  }
}
