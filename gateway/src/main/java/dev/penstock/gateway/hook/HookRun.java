package dev.penstock.gateway.hook;

import dev.penstock.gateway.config.HookConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** One run of a hook's command, on a thread of its own. */
final class HookRun {
  /** When it is run. */
  enum Phase {
    PRE,
    POST;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The end of what it wrote, for the message. */
  private static final int OUTPUT_BYTES_MAX = 2048;

  /** What a command left running may hold its output open for ever. */
  private static final Duration OUTPUT_LIMIT = Duration.ofMillis(500);

  private static final File NOTHING = new File("/dev/null");

  private final HookConfig hook;
  private final Phase phase;
  private final Map<String, String> environment;
  private final byte[] output = new byte[OUTPUT_BYTES_MAX];
  private int outputBytes;

  private HookRun(HookConfig hook, Phase phase, Map<String, String> environment) {
    this.hook = hook;
    this.phase = phase;
    this.environment = environment;
  }

  /** Why it did not succeed; empty if it did. Does not fail. */
  static Future<Optional<String>> of(HookConfig hook, Phase phase, Map<String, String> variables) {
    var run = new HookRun(hook, phase, variables);
    Promise<Optional<String>> ended = Promise.promise();
    Thread.ofPlatform()
        .daemon()
        .name("penstock-hook-" + hook.name())
        .start(() -> {
          try {
            ended.tryComplete(run.run());
          } catch (RuntimeException bug) { // somebody waits for the end
            ended.tryComplete(Optional.of("%s: %s".formatted(run.called(), bug)));
          }
        });
    return ended.future();
  }

  private Optional<String> run() {
    Process process;
    try {
      process = start();
    } catch (IOException | RuntimeException e) { // such as a NUL in an argument
      return Optional.of("%s cannot be started: %s".formatted(called(), e.getMessage()));
    }
    try (InputStream from = process.getInputStream()) {
      Thread reader = Thread.ofPlatform().daemon().name("hook-output").start(() -> gather(from));
      boolean ended = process.waitFor(hook.limit().toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) kill(process);
      boolean _ = reader.join(OUTPUT_LIMIT);
      if (!ended)
        return Optional.of(
            "%s did not end within %d ms and was killed%s"
                .formatted(called(), hook.limit().toMillis(), said()));
      int code = process.exitValue();
      return code == 0
          ? Optional.empty()
          : Optional.of("%s ended with %d%s".formatted(called(), code, said()));
    } catch (InterruptedException e) {
      kill(process);
      Thread.currentThread().interrupt();
      return Optional.of(called() + " was interrupted");
    } catch (IOException e) {
      return Optional.of("%s: its output: %s".formatted(called(), e.getMessage()));
    }
  }

  private Process start() throws IOException {
    var builder =
        new ProcessBuilder(hook.command())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(NOTHING));
    builder.environment().putAll(environment);
    builder.environment().put("PENSTOCK_HOOK", phase.toString());
    return builder.start();
  }

  /** Its children first listed, then it, so that it begins no more, and then they. */
  private static void kill(Process process) {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
  }

  private void gather(InputStream from) {
    byte[] piece = new byte[OUTPUT_BYTES_MAX];
    try {
      for (int n = from.read(piece); n >= 0; n = from.read(piece)) keep(piece, n);
    } catch (IOException _) {
      // Closed from the other thread: what came until then is kept.
    }
  }

  private synchronized void keep(byte[] piece, int count) {
    int kept = Math.min(outputBytes, OUTPUT_BYTES_MAX - count);
    System.arraycopy(output, outputBytes - kept, output, 0, kept);
    System.arraycopy(piece, 0, output, kept, count);
    outputBytes = kept + count;
  }

  /** The last line that it wrote. */
  private synchronized String said() {
    String text = new String(output, 0, outputBytes, StandardCharsets.UTF_8);
    return text.lines()
        .filter(line -> !line.isBlank())
        .reduce((_, last) -> last)
        .map(line -> ": " + line.strip())
        .orElse("");
  }

  private String called() {
    return "hook %s (%s)".formatted(hook.name(), phase);
  }
}
