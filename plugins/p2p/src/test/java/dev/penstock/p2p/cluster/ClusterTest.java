package dev.penstock.p2p.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.testing.KeyStoreFaults.Call;
import dev.penstock.spi.testing.Settled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is asked of a cluster, but for putting. */
class ClusterTest extends ClusterFixture {
  @Test
  void contentComesFromTheCheapestNode() {
    cluster =
        cluster(
            new ClusterLimits(LONG, LONG, LONG, LONG),
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
            new ClusterLimits(LONG, LONG, LONG, LONG),
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
            new ClusterLimits(LONG, LONG, LONG, LONG),
            new Node("a", 200, () -> Optional.of(a)),
            new Node("b", 100, () -> Optional.of(b)));
    has(a);
    has(b);
    b.faults().failNext(1, Call.GET, ClusterFixture::broken);
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
    b.faults().failAll(Call.GET, ClusterFixture::broken);

    assertThat(failure(() -> cluster.get(KEY, FILE, 0, CALLER))).hasMessage("broken");
  }

  @Test
  void presenceIsUnknownOnlyIfNobodyCanBeAsked() {
    a.faults().failAll(Call.PRESENT, ClusterFixture::broken);
    b.faults().failAll(Call.PRESENT, ClusterFixture::broken);
    assertThat(this.<Boolean>done(() -> cluster.isPresent(KEY, CALLER))).isFalse();

    c.faults().failAll(Call.PRESENT, ClusterFixture::broken);
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
    b.faults().failAll(Call.REMOVE, ClusterFixture::broken);

    assertThat(this.<Removal>done(() -> cluster.remove(KEY, OptionalLong.empty(), CALLER)))
        .isEqualTo(new Removal(false, Set.of("uuid-a", "uuid-c")));
  }

  @Test
  void aNodeThatIsNotThereMayStillHaveWhatIsRemoved() {
    cluster =
        cluster(
            new ClusterLimits(LONG, LONG, LONG, LONG),
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
