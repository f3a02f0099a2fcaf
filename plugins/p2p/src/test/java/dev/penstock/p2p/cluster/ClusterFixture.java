package dev.penstock.p2p.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.flow.Permits;
import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.MemoryKeyStore;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;

/** Three nodes in memory, and a cluster of them; nothing is left of a test. */
abstract class ClusterFixture {
  static final Key KEY = Key.parse("WORM-s6-m1--six");
  static final Buffer SIX = Buffer.buffer("abcdef");
  static final Optional<RawText> FILE = Optional.of(RawText.of("six"));
  static final Caller CALLER = new Caller("client", Set.of("far"), 4);
  static final Duration LONG = Duration.ofMinutes(1);
  static final Duration SHORT = Duration.ofMillis(100);

  final Vertx vertx = Vertx.vertx();
  final MemoryKeyStore a = new MemoryKeyStore("uuid-a");
  final MemoryKeyStore b = new MemoryKeyStore("uuid-b");
  final MemoryKeyStore c = new MemoryKeyStore("uuid-c");
  final FakeClock clockOfA = new FakeClock();
  final FakeClock clockOfB = new FakeClock();
  final Map<MemoryKeyStore, FakeClock> clocks =
      Map.of(a, clockOfA, b, clockOfB, c, new FakeClock());
  final Permits permits = new Permits(vertx, "accesses of nodes", 6, 1000, LONG);
  final AtomicLong nanos = new AtomicLong(Duration.ofSeconds(1000).toNanos());
  Cluster cluster = cluster(LONG);

  Cluster cluster(Duration limit) {
    return cluster(
        new ClusterLimits(limit, limit, limit, limit),
        Node.of("a", a),
        Node.of("b", b),
        Node.of("c", c));
  }

  Cluster cluster(ClusterLimits limits, Node... nodes) {
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

  <T> T done(Supplier<Future<T>> asked) {
    return Settled.done(Bodies.on(vertx, asked));
  }

  Throwable failure(Supplier<Future<?>> asked) {
    return Settled.failure(Bodies.on(vertx, () -> asked.get().mapEmpty()));
  }

  Putting.Stored put() {
    return done(() -> cluster.put(KEY, FILE, CALLER).compose(this::send));
  }

  Future<Putting.Stored> send(Putting putting) {
    return Bodies.send(putting, SIX, 4, true);
  }

  static void has(MemoryKeyStore store) {
    store.has(KEY, SIX.getBytes());
  }

  static boolean hasIt(MemoryKeyStore store) {
    return store.content(KEY).filter(bytes -> Buffer.buffer(bytes).equals(SIX)).isPresent();
  }

  /** As much of it as an upload that was given up has left there. */
  void hasPart(KeyStore store, int bytes) {
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

  static Throwable broken() {
    return new GatewayError.Failed(GatewayError.Scope.RESOURCE, "broken");
  }
}
