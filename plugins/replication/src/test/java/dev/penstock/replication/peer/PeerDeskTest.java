package dev.penstock.replication.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.penstock.replication.config.ListenSettings;
import dev.penstock.replication.config.PeerAddress;
import dev.penstock.replication.config.PeerSettings;
import dev.penstock.replication.flow.Bytes;
import dev.penstock.replication.site.Receiver;
import dev.penstock.replication.site.Sender;
import dev.penstock.replication.site.SiteLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.SocketAccess;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.testing.FakeListeners;
import dev.penstock.spi.testing.FakeTasks;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that fetches, from a sender whose streams end when the test says so. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PeerDeskTest {
  private static final int STREAMS_MAX = 2;
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Vertx vertx = Vertx.vertx();
  private final FakeTasks tasks = new FakeTasks();
  private final CountDownLatch end = new CountDownLatch(1);
  private Optional<PeerLink> link = Optional.empty();

  @BeforeEach
  void connect() throws Exception {
    var desk =
        new PeerDesk(
            vertx,
            tasks,
            new SiteLimits(LIMIT, LIMIT, LIMIT),
            (_, _, _, _) -> {},
            PeerDesk.hello("there", List.of()));
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
    come(listener.open(Optional.empty()));
    int port = Integer.parseInt(listener.address().replaceAll(".*:", ""));
    var there =
        new PeerSettings(
            "there",
            Optional.of(new PeerAddress.Http("127.0.0.1", port)),
            "there",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            1,
            1);
    var made = new PeerLink(vertx, there, Optional.empty(), Optional.empty(), 8);
    link = Optional.of(made);
    come(made.open());
  }

  @AfterEach
  void close() throws Exception {
    end.countDown();
    come(vertx.close());
  }

  private static <T> T come(Future<T> coming) throws Exception {
    return coming.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private Bytes fetch(String job, String volume) throws InterruptedException {
    var sender =
        new RemoteSender(
            link.orElseThrow().client(job, LIMIT), "anchor.laptop", Optional.empty(), LIMIT);
    return sender.open(volume, header());
  }

  private static StreamHeader header() {
    var guid = new UUID(1, 1);
    return new StreamHeader(guid, Optional.empty(), guid, "monday", Instant.EPOCH, 4096, 0);
  }

  private long underWay() {
    return tasks.all().stream().filter(task -> !task.hasEnded()).count();
  }

  @Test
  void aPeerHasSoManyStreamsUnderWayAndIsToldWhichLimitThatIs() throws Exception {
    try (Bytes a = fetch("offsite", "a");
        Bytes b = fetch("offsite", "b")) {
      assertThatExceptionOfType(GatewayError.Unavailable.class)
          .isThrownBy(() -> fetch("offsite", "c").close())
          .withMessageContainingAll("laptop", "streams_max is 2")
          .matches(refusal -> refusal.scope() == Scope.RESOURCE, "is about one volume");
      end.countDown();
      while (a.next().isPresent()) {}
      while (b.next().isPresent()) {}
    }
    fetch("offsite", "c").close();
  }

  @Test
  void aJobThatBeginsAStreamAgainHasLostTheOneBeforeAndThatDoesNotCount() throws Exception {
    Bytes lost = fetch("offsite", "a");
    Bytes other = fetch("other", "a");
    try (Bytes again = fetch("offsite", "a")) {
      await().untilAsserted(() -> assertThat(underWay()).isEqualTo(STREAMS_MAX));
      end.countDown();
      while (again.next().isPresent()) {}
    }
    lost.close();
    other.close();
  }

  /** It may fetch. */
  private final class Laptop implements PeerDesk.Guest {
    @Override
    public String name() {
      return "laptop";
    }

    @Override
    public Sender sender(String job, Optional<Integer> compression) {
      return new Slow();
    }

    @Override
    public Receiver receiver(String job) {
      throw new GatewayError.Denied("it sends nothing");
    }

    @Override
    public String handedOver(String volume) {
      throw new GatewayError.Denied("it hands nothing over");
    }

    @Override
    public int streamsMax() {
      return STREAMS_MAX;
    }

    @Override
    public boolean maySend() {
      return false;
    }

    @Override
    public boolean mayFetch() {
      return true;
    }
  }

  /** Sends a byte, again and again, until the end. */
  private final class Slow implements Sender {
    @Override
    public Histories histories() {
      return new Histories(List.of(), Map.of());
    }

    @Override
    public VolumeHistory history(String volume) {
      throw new GatewayError.NotFound("there is no volume " + volume);
    }

    @Override
    public void need(String volume, Set<UUID> snapshots) {}

    @Override
    public String anchorTag() {
      return "anchor.laptop";
    }

    @Override
    public void anchor(String volume, String snapshot, UUID guid) {}

    @Override
    public Bytes open(String volume, StreamHeader header) {
      return new Bytes() {
        private long position;

        @Override
        public Optional<ByteBuffer> next() throws InterruptedException {
          if (position > 0 && end.await(10, TimeUnit.MILLISECONDS)) return Optional.empty();
          position++;
          return Optional.of(ByteBuffer.allocate(1));
        }

        @Override
        public long position() {
          return position;
        }

        @Override
        public void spent() {}

        @Override
        public void close() {}
      };
    }
  }
}
