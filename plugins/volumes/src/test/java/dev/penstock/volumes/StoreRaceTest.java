package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Descriptors tell threads apart as they do processes: the locks are not the process's. */
@Timeout(60)
class StoreRaceTest {
  private static final int RACERS = 4;
  private static final int ROUNDS = 40;

  @TempDir private Path directory;

  @Test
  void oneOfManyWhoMakeTheSameStoreHasItAndTheOthersAreRefused() throws Exception {
    try (ExecutorService racers = Executors.newFixedThreadPool(RACERS)) {
      for (int round = 0; round < ROUNDS; round++) {
        Path fresh = directory.resolve("store-" + round);
        assertThat(fresh.toFile().mkdir()).isTrue();
        var start = new CyclicBarrier(RACERS);
        Callable<List<Store>> racer =
            () -> {
              start.await();
              return taken(fresh);
            };

        List<Store> winners = new ArrayList<>();
        for (Future<List<Store>> end :
            racers.invokeAll(Stream.generate(() -> racer).limit(RACERS).toList()))
          winners.addAll(end.get());

        assertThat(winners).as("round %d", round).hasSize(1);
        winners.getFirst().create("demo", 4096);
        winners.getFirst().close();
      }
    }
  }

  private static List<Store> taken(Path directory) {
    try {
      return List.of(StampWriter.open(directory));
    } catch (GatewayError.Conflict _) {
      return List.of();
    }
  }
}
