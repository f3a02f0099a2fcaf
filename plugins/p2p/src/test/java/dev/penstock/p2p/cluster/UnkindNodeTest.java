package dev.penstock.p2p.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.flow.Permits;
import dev.penstock.p2p.testing.Bodies;
import dev.penstock.p2p.testing.UnkindStore;
import dev.penstock.p2p.testing.UnkindStore.Reading;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.KeyStoreFaults.Call;
import dev.penstock.spi.testing.MemoryKeyStore;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Nodes that break their word: the others make up for it, and nothing is left behind. */
class UnkindNodeTest {
  private static final Key KEY = Key.parse("WORM-s6-m1--six");
  private static final Buffer SIX = Buffer.buffer("abcdef");
  private static final Caller CALLER = new Caller("client", Set.of(), 4);
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Duration SHORT = Duration.ofMillis(100);

  private final Vertx vertx = Vertx.vertx();
  private final MemoryKeyStore cheap = new MemoryKeyStore("uuid-cheap");
  private final MemoryKeyStore dear = new MemoryKeyStore("uuid-dear");
  private final Permits permits = new Permits(vertx, "accesses of nodes", 6, 1000, LONG);
  private Cluster cluster = cluster(UnkindStore.throwingOnClose(cheap), LONG);

  private Cluster cluster(KeyStore unkind, Duration finishing) {
    var nodes =
        List.of(
            new Node("cheap", Node.COST, () -> Optional.of(unkind)),
            new Node("dear", 2 * Node.COST, () -> Optional.of(dear)));
    var limits = new ClusterLimits(LONG, LONG, LONG, finishing);
    var made = new Cluster("pair", "ac000000", nodes, Set.of("us"), permits, limits);
    var context = FakeKeyStoreContext.of("remote", TestSettings.block("x", Map.of()), vertx);
    for (KeyStore one : List.of(made, unkind, dear)) Settled.done(one.open(context));
    return made;
  }

  @AfterEach
  void nothingIsLeft() {
    Awaitility.await()
        .untilAsserted(() -> {
          assertThat(permits.underWay()).as("permits").isZero();
          assertThat(cluster.nodes()).allMatch(node -> node.transfers() == 0);
          assertThat(List.of(cheap.lent(), dear.lent())).containsOnly(0);
        });
    Settled.done(vertx.close());
  }

  private <T> T done(Supplier<Future<T>> asked) {
    return Settled.done(Bodies.on(vertx, asked));
  }

  private Future<Content> get(long offset) {
    return cluster.get(KEY, Optional.empty(), offset, CALLER);
  }

  private Future<Putting.Upload> offer() {
    return cluster.put(KEY, Optional.empty(), CALLER).map(Putting.Upload.class::cast);
  }

  private Future<Putting.Stored> send(Putting.Upload upload) {
    return Bodies.send(upload, SIX, 4, true);
  }

  /** What a client has of it when it ends, however it does. */
  private static Future<Integer> whatComes(Content content) {
    Promise<Integer> over = Promise.promise();
    Buffer come = Buffer.buffer();
    content.bytes().exceptionHandler(_ -> over.tryComplete(come.length()));
    content.bytes().endHandler(_ -> over.tryComplete(come.length()));
    content.bytes().handler(come::appendBuffer);
    return over.future()
        .compose(length -> content.valid().transform(_ -> Future.succeededFuture(length)))
        .onComplete(_ -> content.close());
  }

  @ParameterizedTest
  @EnumSource(names = "WELL", mode = EnumSource.Mode.EXCLUDE)
  void contentThatBreaksOffIsGoneOnWithFromAnotherNode(Reading how) {
    cluster = cluster(UnkindStore.breakingOff(cheap, how, 2), LONG);
    cheap.has(KEY, SIX.getBytes());
    dear.has(KEY, SIX.getBytes());

    int come = done(() -> get(0).compose(UnkindNodeTest::whatComes));
    assertThat(cheap.faults().begun(Call.GET)).as("it comes from the cheapest").isOne();
    assertThat(come).isEqualTo(how == Reading.IS_NOT_VALID ? 6 : 2);

    long next = how == Reading.IS_NOT_VALID ? 0 : come; // what is not valid is thrown away
    Bodies.Read rest = done(() -> get(next).compose(Bodies::read));
    assertThat(rest.bytes()).isEqualTo(SIX.getBuffer((int) next, 6));
    assertThat(rest.valid()).isTrue();
    assertThat(cheap.faults().begun(Call.GET)).isOne();
  }

  @Test
  void whoeverReadsOnlyTheBeginningSaysNothingOfTheNode() {
    cluster = cluster(cheap, LONG);
    cheap.has(KEY, SIX.getBytes());

    done(() -> get(0).onSuccess(Content::close));

    assertThat(cluster.nodes()).allMatch(node -> node.errors() == 0);
  }

  @Test
  void contentWhoseEndThrowsIsReadAllTheSame() {
    cheap.has(KEY, SIX.getBytes());

    assertThat(this.<Bodies.Read>done(() -> get(0).compose(Bodies::read)).bytes()).isEqualTo(SIX);
  }

  @Test
  void anUploadWhoseEndThrowsIsStoredAllTheSame() {
    assertThat(this.<Putting.Stored>done(() -> offer().compose(this::send)))
        .isEqualTo(new Putting.Stored(true, Set.of("uuid-cheap", "uuid-dear")));
  }

  @Test
  void anUploadThatIsGivenUpIsClosedAtEveryNode() {
    done(() ->
        offer()
            .compose(upload ->
                upload
                    .begin(6)
                    .compose(_ -> upload.write(SIX.getBuffer(0, 2)))
                    .onComplete(_ -> upload.close())));

    assertThat(this.<Putting.Upload>done(() -> offer().onSuccess(Putting.Upload::close)).offset())
        .as("what both have kept")
        .isEqualTo(2);
  }

  @Test
  void aNodeThatFailsAndThrowsAsWellIsLeft() {
    cheap.faults().failNext(1, Call.WRITE, IllegalStateException::new);

    assertThat(this.<Putting.Stored>done(() -> offer().compose(this::send)))
        .isEqualTo(new Putting.Stored(true, Set.of("uuid-dear")));
  }

  @Test
  void aNodeThatDoesNotBeginIsLeftWhenItsTimeIsOver() {
    cluster = cluster(UnkindStore.throwingOnClose(cheap), SHORT);
    try (var held = cheap.faults().hold(Call.BEGIN)) {
      assertThat(this.<Putting.Stored>done(() -> offer().compose(this::send)))
          .isEqualTo(new Putting.Stored(true, Set.of("uuid-dear")));
      assertThat(held.held()).isOne();
      assertThat(cheap.lent()).as("its upload is closed before it has begun").isZero();
    }
  }

  @Test
  void anUploadThatNoNodeBeginsFails() {
    cluster = cluster(UnkindStore.throwingOnClose(cheap), SHORT);
    try (var one = cheap.faults().hold(Call.BEGIN);
        var other = dear.faults().hold(Call.BEGIN)) {
      assertThat(Settled.failure(Bodies.on(vertx, () -> offer().compose(this::send))))
          .isInstanceOf(GatewayError.Unavailable.class)
          .hasMessageContaining("does not answer in time");
      assertThat(one.held() + other.held()).isEqualTo(2);
    }
  }

  @Test
  void aNodeThatDoesNotFinishIsLeftWhenItsTimeIsOver() {
    cluster = cluster(cheap, SHORT);
    try (var held = cheap.faults().hold(Call.COMPLETE)) {
      assertThat(this.<Putting.Stored>done(() -> offer().compose(this::send)))
          .isEqualTo(new Putting.Stored(true, Set.of("uuid-dear")));
      assertThat(held.held()).isOne();
    }
  }
}
