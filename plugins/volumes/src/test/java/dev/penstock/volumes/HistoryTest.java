package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.penstock.volumes.HistoryState.Violation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever happens, and whenever the power goes: what was flushed is there, every snapshot is bit
 * for bit what it was, and nothing is left over.
 */
class HistoryTest {
  private static final Quiet QUIET = new Quiet();

  @AfterAll
  static void logAgain() {
    QUIET.close();
  }

  /** More of them: {@code -Dhistories=N}; others: {@code -Dhistory=FIRST}. */
  private static final int HISTORIES = Integer.getInteger("histories", 10_000);

  private static final int HISTORIES_ON_FILES = Math.max(20, HISTORIES / 200);

  private static final long FIRST = Long.getLong("history", 0);

  @Test
  void noHistoryLosesAnything() {
    for (long seed = FIRST; seed < FIRST + HISTORIES; seed++)
      try {
        History.run(seed);
      } catch (Violation e) {
        throw new AssertionError(History.shortest(seed), e);
      }
  }

  /** On the file system of this machine, with everything that Linux offers. */
  @Test
  void noHistoryOnRealFilesLosesAnything(@TempDir Path directory) throws IOException {
    for (long seed = FIRST; seed < FIRST + HISTORIES_ON_FILES; seed++)
      HistoryOnFiles.run(seed, Files.createDirectory(directory.resolve("s%d".formatted(seed))));

    assertThat(FastPathCheck.COMPARED.get()).isPositive();
  }

  /** Each of them has found a mistake in the store once. */
  @ParameterizedTest
  @ValueSource(longs = {0, 90, 592, 4969, 5455})
  void noHistoryThatOnceLostSomethingDoesAgain(long seed) {
    assertThatCode(() -> History.run(seed)).doesNotThrowAnyException();
  }
}
