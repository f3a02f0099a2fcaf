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
import java.util.concurrent.ThreadFactory;
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
  private final ThreadFactory threads;
  private final Promise<Optional<String>> ended = Promise.promise();
  private final byte[] output = new byte[OUTPUT_BYTES_MAX];
  private int outputBytes;
  private Optional<Process> started = Optional.empty();
  private boolean cutShort;

  private HookRun(
      HookConfig hook, Phase phase, Map<String, String> environment, ThreadFactory threads) {
    this.hook = hook;
    this.phase = phase;
    this.environment = environment;
    this.threads = threads;
  }

  /**
   * @param threads may fail for want of threads, as anything may then: the run has ended
   */
  static HookRun begin(
      HookConfig hook, Phase phase, Map<String, String> variables, ThreadFactory threads) {
    var run = new HookRun(hook, phase, variables, threads);
    try {
      run.start("penstock-hook-" + hook.name(), run::runToItsEnd);
    } catch (Throwable thrown) { // also an Error: somebody waits for the end
      run.ended.tryComplete(Optional.of("%s: %s".formatted(run.called(), thrown)));
    }
    return run;
  }

  /** Why it did not succeed; empty if it did. Does not fail. */
  Future<Optional<String>> ended() {
    return ended.future();
  }

  /** Kills it, or keeps it from being started. Does not wait; harmless twice, and after the end. */
  synchronized void cutShort() {
    cutShort = true;
    started.filter(Process::isAlive).ifPresent(HookRun::kill);
  }

  private Thread start(String name, Runnable work) {
    Thread thread = threads.newThread(work);
    thread.setName(name);
    thread.start();
    return thread;
  }

  private void runToItsEnd() {
    try {
      ended.tryComplete(run());
    } catch (Throwable thrown) { // also an Error: somebody waits for the end
      killStarted();
      ended.tryComplete(Optional.of("%s: %s".formatted(called(), thrown)));
    }
  }

  private synchronized boolean isCutShort() {
    return cutShort;
  }

  private synchronized void killStarted() {
    started.ifPresent(HookRun::kill);
  }

  private Optional<String> run() {
    Process process;
    try {
      process = startProcess();
    } catch (IOException | RuntimeException e) { // such as a NUL in an argument
      return Optional.of("%s cannot be started: %s".formatted(called(), e.getMessage()));
    }
    try (InputStream from = process.getInputStream()) {
      Thread reader = start("hook-output", () -> gather(from));
      boolean ended = process.waitFor(hook.limit().toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) kill(process);
      boolean _ = reader.join(OUTPUT_LIMIT);
      if (!ended)
        return Optional.of(
            "%s did not end within %d ms and was killed%s"
                .formatted(called(), hook.limit().toMillis(), said()));
      if (isCutShort())
        return Optional.of("%s was killed: the gateway is stopping".formatted(called()));
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

  /** Whoever cuts it short either finds it or has it killed here. */
  private Process startProcess() throws IOException {
    var builder =
        new ProcessBuilder(hook.command())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(NOTHING));
    builder.environment().putAll(environment);
    builder.environment().put("PENSTOCK_HOOK", phase.toString());
    Process process = builder.start();
    synchronized (this) {
      started = Optional.of(process);
      if (cutShort) kill(process);
    }
    return process;
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
