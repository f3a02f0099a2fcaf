package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeStore;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A store with one volume for each test, and what tests say of it. */
abstract class SnapshotFixture {
  protected static final String VOLUME = "demo";

  /** Ends inside a sector: so may a volume. */
  protected static final int SIZE = (1 << 20) + 512 + 3;

  static final UUID NOBODY = new UUID(0, 42);

  VolumeStore store = new MemoryVolumeStore();
  FakeStoreContext context = FakeStoreContext.of("disk", TestSettings.block("x", Map.of()));

  /** A store object that was not opened. All of one test are for the same place. */
  protected abstract VolumeStore newStore() throws Exception;

  /** Valid settings that lead to a place which is empty when a test begins. */
  protected abstract Block settings() throws Exception;

  /** Whether a store object that is opened on the same settings later finds the same volumes. */
  protected boolean keepsVolumes() {
    return true;
  }

  @BeforeEach
  void openStore() throws Exception {
    context = FakeStoreContext.of("disk", settings());
    store = newStore();
    store.open(context);
    store.create(VOLUME, SIZE);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  /** Closes the store and opens it again, if it is one that keeps what it has. */
  VolumeStore reopen() {
    if (!keepsVolumes()) return store;
    store.close();
    try {
      store = newStore();
    } catch (Exception e) {
      throw new AssertionError("the next store object", e);
    }
    store.open(context);
    return store;
  }

  SnapshotStore snapshots() {
    return store.snapshots().orElseThrow(() -> new AssertionError("a store without snapshots"));
  }

  SnapshotInfo take(String snapshot) {
    return snapshots().create(VOLUME, snapshot);
  }

  /** Why the snapshot was not destroyed. */
  Optional<GatewayError> destroy(SnapshotInfo snapshot) {
    return result(snapshots().destroy(VOLUME, List.of(snapshot.guid())), snapshot.guid());
  }

  static Optional<GatewayError> result(Map<UUID, Optional<GatewayError>> results, UUID snapshot) {
    return results.entrySet().stream()
        .filter(result -> result.getKey().equals(snapshot))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no result for " + snapshot))
        .getValue();
  }

  /** Bytes that can be told from those of another seed. */
  static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  void write(long offset, byte[] bytes) {
    write(store, VOLUME, offset, bytes);
  }

  static void write(VolumeStore store, String name, long offset, byte[] bytes) {
    try (Volume volume = store.openVolume(name)) {
      volume.write(offset, ByteBuffer.wrap(bytes));
      volume.flush();
    }
  }

  byte[] content(String name) {
    try (Volume volume = store.openVolume(name)) {
      return content(volume);
    }
  }

  static byte[] content(Volume volume) {
    ByteBuffer target = ByteBuffer.allocate(Math.toIntExact(volume.sizeBytes()));
    volume.read(0, target);
    assertThat(target.hasRemaining()).as("a read fills its target").isFalse();
    return target.array();
  }

  byte[] shown(SnapshotInfo snapshot) {
    return shown(store, VOLUME, snapshot);
  }

  static byte[] shown(VolumeStore store, String volume, SnapshotInfo snapshot) {
    try (Volume opened = store.snapshots().orElseThrow().openSnapshot(volume, snapshot.guid())) {
      return content(opened);
    }
  }

  /** As an array comparison that names one byte, not a million. */
  static void assertSame(byte[] seen, byte[] expected, String what) {
    assertThat(Arrays.mismatch(seen, expected))
        .as("first byte that differs: %s", what)
        .isEqualTo(-1);
  }
}
