package dev.penstock.p2p.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.testing.KeyStoreFaults.Call;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is removed is removed from every node, by the clock of each. */
class ClusterRemovalTest extends ClusterOfThree {
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
    b.faults().failAll(Call.REMOVE, ClusterRemovalTest::broken);

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
  void withoutNodesThereIsNothingAndNothingIsRemoved() {
    Caller through = new Caller("client", Set.of("uuid-a", "uuid-b", "uuid-c"), 4);

    assertThat(this.<Boolean>done(() -> cluster.isPresent(KEY, through))).isFalse();
    assertThat(this.<Removal>done(() -> cluster.remove(KEY, OptionalLong.empty(), through)))
        .isEqualTo(Removal.REFUSED);
    assertThat(failure(() -> cluster.put(KEY, FILE, through)))
        .isInstanceOf(GatewayError.Unavailable.class);
  }
}
