package dev.penstock.replication.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.replication.flow.Arrival;
import dev.penstock.replication.flow.Bytes;
import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.replication.site.LocalSender;
import dev.penstock.replication.site.Receiver;
import dev.penstock.replication.site.SiteLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.None;
import dev.penstock.spi.ownership.Ownership.Prepared;
import dev.penstock.spi.ownership.Ownership.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumeInfo;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A peer that may hand volumes over sends what it has offered, and nothing else. */
class OfferedReceiverTest {
  private static final Epoch OFFER = Epoch.FIRST.next(new UUID(1, 1));
  private static final Epoch OTHER = Epoch.FIRST.next(new UUID(2, 2));
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final SiteLimits LIMITS = new SiteLimits(LONG, LONG, LONG);
  private static final Ownership COMING =
      new Ownership(new Receiving(OFFER, Moving.HOME, new None()), OFFER, Optional.empty());

  private final Moving world = new Moving();

  @SuppressWarnings("NullAway.Init") // before each test
  private StreamHeader header;

  @BeforeEach
  void take() {
    SnapshotInfo taken = world.homeSnapshots.snapshots().create(Moving.VM, "first");
    VolumeInfo volume = world.homeStore.find(Moving.VM).orElseThrow();
    header =
        new StreamHeader(
            volume.guid(),
            Optional.empty(),
            taken.guid(),
            taken.name(),
            taken.createdAt(),
            taken.sizeBytes(),
            0);
  }

  @AfterEach
  void close() throws Exception {
    world.close();
  }

  private void record(Ownership record) {
    world.awayStore.keepOwnership(Moving.VM, record);
  }

  private void send(Receiver receiver) throws InterruptedException {
    send(receiver, () -> {});
  }

  private void send(Receiver receiver, Runnable beforeItIsComplete) throws InterruptedException {
    var terms =
        new LocalSender.Terms(
            Moving.everything(),
            "migration",
            true,
            Duration.ofDays(7),
            MigrationSnapshots.ANCHOR,
            Optional.empty(),
            LocalSender.Admission.ALWAYS);
    var sender = new LocalSender(world.homeSnapshots, terms, LIMITS);
    try (Bytes bytes = sender.open(Moving.VM, header);
        Arrival arrival = receiver.receive(Moving.VM, header)) {
      for (Optional<ByteBuffer> piece = bytes.next(); piece.isPresent(); piece = bytes.next())
        arrival.take(piece.get());
      beforeItIsComplete.run();
      arrival.complete();
    }
  }

  private List<VolumeInfo> visible() {
    return world.awayStore.list();
  }

  @Test
  void whatWasOfferedIsReceived() throws Exception {
    record(COMING);

    send(world.receiver(Optional.of(OFFER), LIMITS));

    assertThat(world.awaySnapshots.snapshots().list(Moving.VM))
        .extracting(SnapshotInfo::guid)
        .containsExactly(header.to());
  }

  /** What is known of it, and which offer the stream says that it is for. */
  record Refused(Optional<Ownership> now, Optional<Epoch> offer) {}

  static List<Refused> refused() {
    var elses = new Receiving(OFFER, new Counterpart("else", Moving.VM), new None());
    return List.of(
        new Refused(Optional.empty(), Optional.of(OFFER)),
        new Refused(Optional.of(Ownership.NONE), Optional.of(OFFER)),
        new Refused(Optional.of(Ownership.PLAIN), Optional.of(OFFER)),
        new Refused(Optional.of(COMING), Optional.of(OTHER)),
        new Refused(Optional.of(COMING), Optional.empty()),
        new Refused(Optional.of(COMING.in(elses)), Optional.of(OFFER)),
        new Refused(
            Optional.of(COMING.in(new Prepared(OFFER, Moving.HOME, "d", new None()))),
            Optional.of(OFFER)));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatWasNotOfferedIsNeitherReceivedNorPrepared(Refused one) {
    one.now().ifPresent(this::record);
    Receiver receiver = world.receiver(one.offer(), LIMITS);

    assertThatThrownBy(() -> send(receiver))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("nothing is received here for offer");
    assertThatThrownBy(() -> receiver.prepare(Moving.VM, new Preparation.DiscardPartial()))
        .isInstanceOf(GatewayError.Conflict.class);
    assertThat(visible()).isEmpty();
  }

  @Test
  void whatIsAbortedMeanwhileDoesNotBecomeVisible() {
    record(COMING);
    Receiver receiver = world.receiver(Optional.of(OFFER), LIMITS);

    assertThatThrownBy(() -> send(receiver, () -> record(COMING.in(new None()))))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("it is not owned here: nothing is received here for offer 1/");

    assertThat(visible()).isEmpty();
  }

  @Test
  void whatIsOfferedAnewMeanwhileIsNotMixedWithTheOldOne() {
    record(COMING);
    Receiver receiver = world.receiver(Optional.of(OFFER), LIMITS);
    var anew =
        new Ownership(new Receiving(OTHER, Moving.HOME, new None()), OTHER, Optional.empty());

    assertThatThrownBy(() -> send(receiver, () -> record(anew)))
        .isInstanceOf(GatewayError.Conflict.class);

    assertThat(visible()).isEmpty();
  }
}
