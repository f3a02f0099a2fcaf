package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.name;

import dev.penstock.spi.snapshot.SnapshotReceiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.SnapshotInfo;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots as a module may use them. */
@SuppressWarnings("NullAway.Init") // made before each test
abstract class OwnSnapshots {
  @TempDir Path folder;

  SnapshotsFixture gateway;
  OwnedSnapshots ours;

  @BeforeEach
  void make() throws Exception {
    gateway = new SnapshotsFixture(folder);
    ours = gateway.snapshots.of("module replication");
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  UUID take(String name) throws Exception {
    return gateway.take(name).info().guid();
  }

  static StreamHeader header(Optional<UUID> from, String name) {
    return new StreamHeader(
        new UUID(1, 1), from, UUID.randomUUID(), name, Instant.EPOCH, SnapshotsFixture.SIZE, 0);
  }

  SnapshotInfo receive(Optional<UUID> from, String name) throws Exception {
    SnapshotReceiving receiving = await(ours.receive("copy", "memory", header(from, name)));
    await(
        receiving.run(its -> {
          its.data(0, ByteBuffer.wrap(new byte[4096]));
          return 1;
        }));
    await(receiving.complete("anchor.received"));
    return await(ours.history("copy")).snapshots().getLast();
  }
}
