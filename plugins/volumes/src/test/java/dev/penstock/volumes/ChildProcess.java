package dev.penstock.volumes;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Another JVM that has a store, for tests that kill it. What it says goes to a file, where a kill
 * cannot take it away. Closing kills it, and nothing else.
 */
final class ChildProcess implements AutoCloseable {
  private static final int LIMIT_SECONDS = 30;

  /** Begins what the child says, which a logger or the JVM may say something between. */
  private static final String WORD = "child: ";

  private final Process process;
  private final Path said;

  ChildProcess(Path said, Class<?> main, Object... arguments) throws IOException {
    this.said = said;
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    for (Object argument : arguments) command.add(String.valueOf(argument));
    process =
        new ProcessBuilder(command)
            .redirectOutput(said.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
  }

  long pid() {
    return process.pid();
  }

  /** Waits until it has said so many lines, or ended. */
  void awaitLines(int count) {
    await()
        .atMost(LIMIT_SECONDS, TimeUnit.SECONDS)
        .until(() -> lines().size() >= count || !process.isAlive());
  }

  /** For the child itself. */
  static void say(Object word) {
    System.out.println(WORD + word);
  }

  /** What it has said, in whole lines. */
  List<String> lines() throws IOException {
    String text = Files.readString(said);
    return text.substring(0, text.lastIndexOf('\n') + 1)
        .lines()
        .filter(line -> line.startsWith(WORD))
        .map(line -> line.substring(WORD.length()))
        .toList();
  }

  /** Kills it as {@code kill -9} does, and waits for its end. */
  void kill() throws InterruptedException {
    if (!process.isAlive()) throw new AssertionError("the child has ended by itself");
    process.destroyForcibly();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
      throw new AssertionError("the child does not die");
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
