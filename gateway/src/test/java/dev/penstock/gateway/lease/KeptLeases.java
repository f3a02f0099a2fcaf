package dev.penstock.gateway.lease;

import dev.penstock.gateway.lease.Leases.Party;
import dev.penstock.gateway.lease.Leases.Term;
import dev.penstock.gateway.state.StateFile;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.FakeClock;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Leases, and the state that they are kept in. */
@SuppressWarnings("NullAway.Init") // opened before each test
abstract class KeptLeases {
  static final Duration HOUR = Duration.ofHours(1);

  @TempDir Path folder;

  final FakeClock clock = new FakeClock();
  final UUID volume = UUID.randomUUID();
  final UUID monday = UUID.randomUUID();
  final UUID tuesday = UUID.randomUUID();
  StateFile state;
  Leases leases;

  @BeforeEach
  void open() {
    state = StateFile.open(folder);
    leases = new Leases(state, clock);
  }

  @AfterEach
  void close() {
    state.close();
  }

  void restart() {
    close();
    open();
  }

  Party offsite() {
    return new Party(volume, "job offsite");
  }

  Future<Lease> read(UUID snapshot) {
    return leases.acquire(
        new Party(volume, "module nbd"), snapshot, "demo@monday", Lease.Kind.READ);
  }

  Future<Map<UUID, String>> need(boolean inUse, UUID... snapshots) {
    Map<UUID, String> subjects =
        Stream.of(snapshots).collect(Collectors.toMap(guid -> guid, guid -> "demo@" + guid));
    return leases.need(offsite(), subjects, new Term(inUse, HOUR));
  }

  static GatewayError refusal(Future<?> future) throws Exception {
    try {
      await(future);
    } catch (ExecutionException e) {
      return (GatewayError) Objects.requireNonNull(e.getCause());
    }
    throw new AssertionError("it succeeded");
  }

  static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
