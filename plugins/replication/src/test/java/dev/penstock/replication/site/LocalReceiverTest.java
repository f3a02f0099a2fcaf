package dev.penstock.replication.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.replication.plan.Version;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.Retention;
import dev.penstock.spi.testing.FakeSnapshots;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumePatterns;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A copy is brought back for its sender only while it is one. */
class LocalReceiverTest {
  private static final String COPY = "laptop.vm-1";
  private static final Duration LONG = Duration.ofSeconds(30);

  private final FakeSnapshots gateway = new FakeSnapshots();
  private final LocalReceiver receiver =
      new LocalReceiver(
          gateway,
          Retention.NONE,
          new LocalReceiver.Place("laptop.", Optional.empty(), "memory", everything(), true),
          List.of(),
          new SiteLimits(LONG, LONG, LONG),
          InstantSource.system());

  private static VolumePatterns everything() {
    return VolumePatterns.read(
        TestSettings.block("peer", Map.of("volumes", "*")), "volumes", new Problems());
  }

  enum What {
    KEEP_ASIDE,
    ROLL_BACK
  }

  @BeforeEach
  void make() {
    gateway.store().create(COPY, 4096);
    gateway.snapshots().create(COPY, "common");
    gateway.snapshots().create(COPY, "there");
  }

  private Preparation preparation(What what) {
    List<Version> all = Version.of(gateway.history(COPY).result());
    return switch (what) {
      case KEEP_ASIDE -> new Preparation.KeepAside(all.getLast());
      case ROLL_BACK -> new Preparation.RollBack(all.getFirst(), List.of(all.getLast()));
    };
  }

  private List<String> snapshots() {
    return gateway.snapshots().list(COPY).stream().map(SnapshotInfo::name).toList();
  }

  @ParameterizedTest
  @EnumSource
  void ofAVolumeThatWasPromotedNothingIsDestroyedOrCopied(What what) {
    assertThatThrownBy(() -> receiver.prepare("vm-1", preparation(what)))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("penstock volume demote laptop.vm-1");

    assertThat(snapshots()).containsExactly("common", "there");
    assertThat(gateway.store().list()).extracting(VolumeInfo::name).containsExactly(COPY);
  }

  @Test
  void whatWasWrittenSinceTheNewestSnapshotIsKeptAsideWithIt() throws InterruptedException {
    gateway.store().setReplica(COPY, true);
    try (Volume written = gateway.store().openVolume(COPY)) {
      written.write(0, ByteBuffer.wrap(new byte[] {7}));
    }

    receiver.prepare("vm-1", preparation(What.KEEP_ASIDE));

    assertThat(snapshots()).containsExactly("common", "there");
    String kept =
        gateway.store().list().stream()
            .map(VolumeInfo::name)
            .filter(name -> !name.equals(COPY))
            .findFirst()
            .orElseThrow();
    try (Volume open = gateway.store().openVolume(kept)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      open.read(0, one);
      assertThat(one.get(0)).isEqualTo((byte) 7);
    }
  }

  @Test
  void whatCouldNotBeBroughtBackIsKeptAsideOnceHoweverOftenThatIsTried() throws Exception {
    gateway.store().setReplica(COPY, true);

    receiver.prepare("vm-1", preparation(What.KEEP_ASIDE));
    receiver.prepare("vm-1", preparation(What.KEEP_ASIDE));

    assertThat(gateway.store().list()).hasSize(2);
  }

  @Test
  void aReplicaIsKeptAsideAndBroughtBack() throws InterruptedException {
    gateway.store().setReplica(COPY, true);

    receiver.prepare("vm-1", preparation(What.KEEP_ASIDE));
    receiver.prepare("vm-1", preparation(What.ROLL_BACK));

    assertThat(snapshots()).containsExactly("common");
    assertThat(gateway.store().list()).hasSize(2);
  }
}
