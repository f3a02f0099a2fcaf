package dev.penstock.p2p.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.testing.KeyStoreFaults.Call;
import dev.penstock.spi.testing.MemoryKeyStore;
import dev.penstock.spi.testing.Settled;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Uploads go to every node that takes them. */
class ClusterPuttingTest extends ClusterOfThree {
  private static final Duration SHORT = Duration.ofMillis(100);

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
    b.faults().failAll(Call.PUT, ClusterPuttingTest::broken);

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
    b.faults().failAll(Call.WRITE, ClusterPuttingTest::broken);

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
      one.faults().failAll(Call.WRITE, ClusterPuttingTest::broken);

    assertThat(failure(() -> cluster.put(KEY, FILE, CALLER).compose(this::send)))
        .hasMessage("broken");
  }

  @Test
  void anOfferThatEveryNodeFailsFails() {
    for (MemoryKeyStore one : List.of(a, b, c))
      one.faults().failAll(Call.PUT, ClusterPuttingTest::broken);

    assertThat(failure(() -> cluster.put(KEY, FILE, CALLER))).hasMessage("broken");
  }

  @Test
  void whatNoNodeStoresIsNotStored() {
    for (MemoryKeyStore one : List.of(a, b, c)) one.faults().refuse(Call.COMPLETE);

    assertThat(put()).isEqualTo(Putting.Stored.NOT);
  }

  @Test
  void gatewaysThatTheClientCameThroughAreLeftOut() {
    Caller through = new Caller("client", Set.of("uuid-a", "uuid-b"), 4);
    Putting.Stored stored = done(() -> cluster.put(KEY, FILE, through).compose(this::send));

    assertThat(stored).isEqualTo(new Putting.Stored(true, Set.of("uuid-c")));
  }

  @Test
  void whatCameOtherwiseIsLookedForEverywhere() {
    has(b);

    assertThat(this.<Putting.Stored>done(() -> cluster.cameOtherwise(KEY, FILE, CALLER)))
        .isEqualTo(new Putting.Stored(true, Set.of("uuid-b")));
  }
}
