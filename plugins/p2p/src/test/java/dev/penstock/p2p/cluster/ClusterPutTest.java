package dev.penstock.p2p.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.testing.KeyStoreFaults.Call;
import dev.penstock.spi.testing.MemoryKeyStore;
import dev.penstock.spi.testing.Settled;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** To which nodes content goes, and what becomes of it if some fail. */
class ClusterPutTest extends ClusterFixture {
  @Test
  void whatIsPutGoesToEveryNode() {
    assertThat(put()).isEqualTo(new Putting.Stored(true, Set.of("uuid-a", "uuid-b", "uuid-c")));
    assertThat(List.of(hasIt(a), hasIt(b), hasIt(c))).containsOnly(true);
  }

  @Test
  void whatIsPutGoesToTheNodesThatWantIt() {
    b.faults().refuse(Call.WANTS);

    assertThat(put()).isEqualTo(new Putting.Stored(true, Set.of("uuid-a", "uuid-c")));
    assertThat(b.faults().begun(Call.PUT)).as("what b was offered").isZero();
  }

  @Test
  void whatNoNodeWantsGoesToEveryNodeThatLacksIt() {
    for (MemoryKeyStore one : List.of(a, b, c)) one.faults().refuse(Call.WANTS);
    has(a);

    assertThat(put().also()).containsExactlyInAnyOrder("uuid-a", "uuid-b", "uuid-c");
    assertThat(List.of(hasIt(b), hasIt(c))).containsOnly(true);
  }

  @Test
  void whatAllHaveThatWantItIsNotPutElsewhere() {
    c.faults().refuse(Call.WANTS);
    has(a);
    has(b);

    assertThat(this.<Putting>done(() -> cluster.put(KEY, FILE, CALLER)))
        .isEqualTo(new Putting.There(Set.of("uuid-a", "uuid-b")));
  }

  @Test
  void whatNobodyTakesThatWantsItGoesToTheOthers() {
    c.faults().refuse(Call.WANTS);
    a.faults().failAll(Call.PUT, ClusterFixture::broken);
    b.faults().failAll(Call.PUT, ClusterFixture::broken);

    assertThat(put()).isEqualTo(new Putting.Stored(true, Set.of("uuid-c")));
  }

  @Test
  void aNodeThatCannotSayWhetherItWantsContentIsOfferedIt() {
    a.faults().failAll(Call.WANTS, ClusterFixture::broken);
    b.faults().refuse(Call.WANTS);

    assertThat(put()).isEqualTo(new Putting.Stored(true, Set.of("uuid-a", "uuid-c")));
    assertThat(cluster.nodes().getFirst().errors()).isZero();
  }

  @Test
  void aNodeThatDoesNotSayInTimeWhetherItWantsContentIsOfferedIt() {
    cluster = cluster(new ClusterLimits(SHORT, LONG, LONG, LONG), Node.of("a", a), Node.of("b", b));
    b.faults().refuse(Call.WANTS);
    try (var held = a.faults().hold(Call.WANTS)) {
      assertThat(put()).isEqualTo(new Putting.Stored(true, Set.of("uuid-a")));
      assertThat(held.held()).isEqualTo(1);
    }
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
    b.faults().failAll(Call.PUT, ClusterFixture::broken);

    assertThat(put()).isEqualTo(new Putting.Stored(true, Set.of("uuid-a", "uuid-c")));
  }

  @Test
  void aNodeThatIsNotThereDoesNotKeepTheOthersFromStoring() {
    cluster =
        cluster(
            new ClusterLimits(LONG, LONG, LONG, LONG),
            Node.of("a", a),
            new Node("gone", Node.COST, Optional::empty));

    assertThat(put()).isEqualTo(new Putting.Stored(true, Set.of("uuid-a")));
    assertThat(cluster.nodes().getLast().present()).isFalse();
  }

  @Test
  void aNodeThatFailsInTheMiddleIsLeft() {
    b.faults().failAll(Call.WRITE, ClusterFixture::broken);

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
      one.faults().failAll(Call.WRITE, ClusterFixture::broken);

    assertThat(failure(() -> cluster.put(KEY, FILE, CALLER).compose(this::send)))
        .hasMessage("broken");
  }

  @Test
  void anOfferThatEveryNodeFailsFails() {
    for (MemoryKeyStore one : List.of(a, b, c))
      one.faults().failAll(Call.PUT, ClusterFixture::broken);

    assertThat(failure(() -> cluster.put(KEY, FILE, CALLER))).hasMessage("broken");
  }

  @Test
  void whatNoNodeStoresIsNotStored() {
    for (MemoryKeyStore one : List.of(a, b, c)) one.faults().refuse(Call.COMPLETE);

    assertThat(put()).isEqualTo(Putting.Stored.NOT);
  }
}
