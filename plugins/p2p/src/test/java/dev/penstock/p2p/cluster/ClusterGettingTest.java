package dev.penstock.p2p.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.testing.KeyStoreFaults.Call;
import dev.penstock.spi.testing.Settled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Content comes from the cheapest node that has it. */
class ClusterGettingTest extends ClusterOfThree {
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
    b.faults().failNext(1, Call.GET, ClusterGettingTest::broken);
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
    b.faults().failAll(Call.GET, ClusterGettingTest::broken);

    assertThat(failure(() -> cluster.get(KEY, FILE, 0, CALLER))).hasMessage("broken");
  }

  @Test
  void presenceIsUnknownOnlyIfNobodyCanBeAsked() {
    a.faults().failAll(Call.PRESENT, ClusterGettingTest::broken);
    b.faults().failAll(Call.PRESENT, ClusterGettingTest::broken);
    assertThat(this.<Boolean>done(() -> cluster.isPresent(KEY, CALLER))).isFalse();

    c.faults().failAll(Call.PRESENT, ClusterGettingTest::broken);
    assertThat(failure(() -> cluster.isPresent(KEY, CALLER))).hasMessage("broken");
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
