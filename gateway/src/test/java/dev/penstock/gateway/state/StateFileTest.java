package dev.penstock.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateFileTest {
  @TempDir Path folder;

  @Test
  void whatWasPutIsThereAfterARestart() throws Exception {
    UUID gateway;
    try (StateFile state = StateFile.open(folder)) {
      gateway = state.gateway();
      await(state.map("a").put("k", "1"));
      await(state.map("a").put("gone", "2"));
      await(state.map("a").remove("gone"));
      await(state.map("b").put("k", "3"));
    }
    try (StateFile state = StateFile.open(folder)) {
      assertThat(state.map("a").all()).isEqualTo(Map.of("k", "1"));
      assertThat(state.map("b").all()).isEqualTo(Map.of("k", "3"));
      assertThat(state.gateway()).isEqualTo(gateway);
    }
  }

  @Test
  void manyChangesAtOnceAreAllKept() throws Exception {
    try (StateFile state = StateFile.open(folder)) {
      List<Future<Void>> puts = new ArrayList<>();
      for (int i = 0; i < 500; i++) puts.add(state.map("a").put("k" + i, "v" + i));
      await(Future.all(puts));
    }
    try (StateFile state = StateFile.open(folder)) {
      assertThat(state.map("a").all()).hasSize(500);
    }
  }

  @Test
  void rewritingOneTextDoesNotGrowTheFileForEver() throws Exception {
    try (StateFile state = StateFile.open(folder)) {
      for (int i = 0; i < 3000; i++) await(state.map("a").put("k", "v" + i));
    }
    assertThat(Files.size(folder.resolve(StateFile.FILE))).isLessThan(64L << 20);
  }

  @Test
  void aSecondHolderIsRefusedByName() {
    try (StateFile _ = StateFile.open(folder)) {
      assertThatThrownBy(() -> StateFile.open(folder))
          .isInstanceOf(GatewayError.Conflict.class)
          .hasMessageContaining("pid " + ProcessHandle.current().pid());
    }
  }

  @ParameterizedTest(name = "{0} of 8 parts left")
  @ValueSource(ints = {0, 1, 3, 5, 7})
  void aTruncatedFileIsRefusedAndLeftAlone(int eighths) throws Exception {
    fill();
    Path file = folder.resolve(StateFile.FILE);
    truncate(file, Files.size(file) * eighths / 8);

    refusesAndLeavesAlone(GatewayError.Damaged.class, StateFile.FILE);
  }

  @Test
  void aMissingFileIsRefusedAndNotMadeAgain() throws Exception {
    fill();
    Files.delete(folder.resolve(StateFile.FILE));

    refusesAndLeavesAlone(GatewayError.Damaged.class, "missing");
  }

  @Test
  void anOlderCopyIsRefused() throws Exception {
    try (StateFile state = StateFile.open(folder)) {
      await(state.map("a").put("k", "1"));
    }
    byte[] older = Files.readAllBytes(folder.resolve(StateFile.FILE));
    fill();
    Files.write(folder.resolve(StateFile.FILE), older);

    refusesAndLeavesAlone(GatewayError.Damaged.class, "acknowledged");
  }

  @Test
  void aMissingSealIsRefused() throws Exception {
    fill();
    Files.delete(folder.resolve(StateSeal.FILE));

    refusesAndLeavesAlone(GatewayError.Damaged.class, StateSeal.FILE);
  }

  @Test
  void aTruncatedSealIsRefused() throws Exception {
    fill();
    truncate(folder.resolve(StateSeal.FILE), 40);

    refusesAndLeavesAlone(GatewayError.Damaged.class, StateSeal.FILE);
  }

  @Test
  void aNewerFormatIsRefused() throws Exception {
    fill();
    Files.writeString(
        folder.resolve(StateSeal.FILE), "penstock state format 2 laid out in another way\n");

    refusesAndLeavesAlone(GatewayError.Damaged.class, "newer gateway");
  }

  @Test
  void aFileThatWasOverwrittenIsRefused() throws Exception {
    fill();
    Path file = folder.resolve(StateFile.FILE);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate((int) Files.size(file)), 0);
    }

    refusesAndLeavesAlone(GatewayError.Damaged.class, StateFile.FILE);
  }

  @Test
  void aStartThatWasKilledBeforeItsFirstCommitIsNoDamage() throws Exception {
    StateSeal.fresh().create(folder);

    try (StateFile state = StateFile.open(folder)) {
      await(state.map("a").put("k", "1"));
      assertThat(state.map("a").get("k")).contains("1");
    }
  }

  @Test
  void aSealThatIsBehindIsNoDamage() throws Exception {
    fill();
    StateSeal seal = StateSeal.read(folder).orElseThrow();
    try (FileChannel channel = StateSeal.open(folder)) {
      seal.at(seal.version() - 1).write(channel);
    }

    StateFile.open(folder).close();
  }

  @Test
  void aListenerThatThrowsDoesNotKeepTheOthersFromTheirAnswers() throws Exception {
    try (StateFile state = StateFile.open(folder)) {
      state
          .map("a")
          .put("k", "1")
          .onComplete(_ -> {
            throw new IllegalStateException("a listener of a test");
          });

      await(state.map("a").put("k", "2"));

      assertThat(state.map("a").get("k")).contains("2");
    }
  }

  @Test
  void everyChangeIsAnsweredAlthoughTheFileIsBeingClosed() throws Exception {
    StateFile state = StateFile.open(folder);
    List<Future<Void>> changes = new ArrayList<>();
    Thread changing =
        Thread.ofVirtual()
            .start(() -> {
              for (int i = 0; i < 2000; i++) changes.add(state.map("a").put("k" + i, "v"));
            });
    state.close();
    changing.join();

    for (Future<Void> change : changes) await(change.otherwiseEmpty());
  }

  @Test
  void aChangeAfterTheCloseIsRefusedAtOnce() {
    StateFile state = StateFile.open(folder);
    state.close();

    assertThatThrownBy(() -> await(state.map("a").put("k", "1")))
        .isInstanceOf(GatewayError.Unavailable.class);
  }

  private void refusesAndLeavesAlone(Class<? extends GatewayError> error, String naming)
      throws IOException {
    Map<String, String> before = bytes();

    assertThatThrownBy(() -> StateFile.open(folder))
        .isInstanceOf(error)
        .hasMessageContaining(naming);

    assertThat(bytes()).isEqualTo(before);
  }

  private Map<String, String> bytes() throws IOException {
    Map<String, String> bytes = new TreeMap<>();
    try (var files = Files.list(folder)) {
      for (Path file : files.filter(f -> !f.endsWith("LOCK")).toList())
        bytes.put(
            file.getFileName().toString(),
            java.util.HexFormat.of().formatHex(Files.readAllBytes(file)));
    }
    return bytes;
  }

  private void fill() throws Exception {
    try (StateFile state = StateFile.open(folder)) {
      for (int i = 0; i < 20; i++) await(state.map("a").put("k" + i, "v".repeat(500)));
    }
  }

  private static void truncate(Path file, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) throw cause;
      throw e;
    }
  }
}
