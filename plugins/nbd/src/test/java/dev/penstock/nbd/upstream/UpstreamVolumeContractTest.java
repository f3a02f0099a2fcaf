package dev.penstock.nbd.upstream;

import dev.penstock.nbd.TestServer;
import dev.penstock.nbd.client.FakeServer;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.VolumeContract;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** What is served over NBD and used over NBD is still a volume. */
class UpstreamVolumeContractTest {
  /** Through our own server, over four connections. */
  abstract static class Served extends VolumeContract {
    private Optional<TestServer> server = Optional.empty();
    private Optional<TestStore> store = Optional.empty();

    abstract MemoryVolume behind(long sizeBytes);

    abstract Map<String, ?> settings();

    @Override
    protected Volume newVolume(long sizeBytes) {
      var serving = TestServer.of(behind(sizeBytes));
      server = Optional.of(serving);
      var using = TestStore.of(serving.uri("demo"), settings(), Map.of());
      store = Optional.of(using);
      return using.open();
    }

    @AfterEach
    void stop() {
      store.ifPresent(TestStore::close);
      server.ifPresent(TestServer::close);
    }
  }

  @Nested
  class OverManyConnections extends Served {
    @Override
    MemoryVolume behind(long sizeBytes) {
      return MemoryVolume.named("demo", sizeBytes);
    }

    @Override
    Map<String, ?> settings() {
      return Map.of("connections", "4");
    }
  }

  @Nested
  class OfAnOldServerThatCanLittle extends VolumeContract {
    private Optional<FakeServer> server = Optional.empty();
    private Optional<TestStore> store = Optional.empty();

    @Override
    protected Volume newVolume(long sizeBytes) {
      var serving =
          FakeServer.of(
              (int) sizeBytes,
              session -> {
                session.flags(Wire.EXPORT_HAS_FLAGS | Wire.EXPORT_SEND_FLUSH).oldStyle();
                session.serve();
              });
      Arrays.fill(serving.disk, (byte) 0);
      server = Optional.of(serving);
      var using = TestStore.of(serving.uriWithoutName());
      store = Optional.of(using);
      return using.open();
    }

    @AfterEach
    void stop() {
      store.ifPresent(TestStore::close);
      server.ifPresent(FakeServer::close);
    }
  }

  @Nested
  class WithReadAhead extends Served {
    @Override
    MemoryVolume behind(long sizeBytes) {
      return MemoryVolume.able(
          sizeBytes,
          EnumSet.complementOf(EnumSet.of(VolumeCapability.READ_NOW, VolumeCapability.REGIONS)));
    }

    @Override
    Map<String, ?> settings() {
      return Map.of("read_ahead", "64KiB");
    }
  }
}
