package dev.penstock.nbd;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * Very many {@link IdleClients}, in a process of their own: their half of the sockets does not
 * count against the file handles of the server's process.
 */
final class IdleCrowd implements AutoCloseable {
  /** File handles that a process needs besides those of the connections. */
  private static final int HANDLES_BESIDES = 2_000;

  private static final long ENDS_WITHIN_SECONDS = 20;

  private final Process process;
  private final BufferedReader answers;

  private IdleCrowd(Process process) {
    this.process = process;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Connects all of them; skips the test if the system has not enough file handles. */
  static IdleCrowd of(int count, String host, int port, String export) {
    int handles = handlesMax();
    Assumptions.assumeTrue(
        handles >= count + HANDLES_BESIDES,
        () ->
            "%d connections need %d file handles; the limit is %d (ulimit -Hn)"
                .formatted(count, count + HANDLES_BESIDES, handles));
    try {
      Path classes =
          Path.of(IdleClients.class.getProtectionDomain().getCodeSource().getLocation().getPath());
      List<String> command =
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:TieredStopAtLevel=1",
              "-Xmx256m",
              "-cp",
              classes.toString(),
              IdleClients.class.getName(),
              host,
              Integer.toString(port),
              Integer.toString(count),
              export);
      var crowd =
          new IdleCrowd(
              new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
      crowd.answer();
      return crowd;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Has every one of them read something, and says how many could. */
  int usable() {
    try {
      process.outputWriter(StandardCharsets.UTF_8).append("read\n").flush();
      return answer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int answer() throws IOException {
    String line = answers.readLine();
    if (line == null) throw new AssertionError("the idle clients have ended; see above");
    return Integer.parseInt(line);
  }

  private static int handlesMax() {
    try {
      return Files.readAllLines(Path.of("/proc/self/limits")).stream()
          .filter(line -> line.startsWith("Max open files"))
          .map(line -> line.split("\\s{2,}", -1)[2])
          .mapToInt(hard -> hard.equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(hard))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      process.outputWriter(StandardCharsets.UTF_8).close();
      if (!process.waitFor(ENDS_WITHIN_SECONDS, TimeUnit.SECONDS)) process.destroyForcibly();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
