package dev.penstock.gateway.child;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.process.Child;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * A child, with a thread for each of its streams: what they call may block for as long as it likes,
 * and nobody else waits.
 */
final class RunningChild implements Child {
  /** What it has left running may hold its standard error open for ever. */
  private static final Duration LAST_WORDS_LIMIT = Duration.ofMillis(500);

  private final Context context;
  private final String program;
  private final ProcessBuilder builder;
  private final Duration grace;
  private final LastWords words;
  private final ChildOutput output;
  private final ChildInput input;
  private final Promise<Exit> exit = Promise.promise();
  private final CompletableFuture<Process> process = new CompletableFuture<>();

  RunningChild(
      Context context,
      String owner,
      List<String> command,
      Map<String, String> environment,
      Duration grace) {
    this.context = context;
    this.program = command.getFirst();
    this.grace = grace;
    this.words = new LastWords(owner, program);
    this.output = new ChildOutput(context);
    this.input = new ChildInput(context, program);
    this.builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(environment);
  }

  /** Completes on any thread once it runs. */
  Future<Void> start() {
    Promise<Void> started = Promise.promise();
    thread("start", () -> started.tryComplete(), () -> begin(started));
    return started.future();
  }

  private void begin(Promise<Void> started) {
    Process begun;
    try {
      begun = builder.start();
    } catch (IOException | RuntimeException e) { // such as a NUL in an argument
      started.fail(
          new GatewayError.Failed(
              Scope.RESOURCE, "%s cannot be started: %s".formatted(program, e.getMessage())));
      return;
    }
    CompletableFuture<Void> lastWords = new CompletableFuture<>();
    process.complete(begun);
    thread("out", output::ended, () -> output.readAll(begun.getInputStream()));
    thread("in", input::broken, () -> input.writeAll(begun.getOutputStream()));
    var _ =
        begun
            .onExit()
            .thenCompose(_ ->
                lastWords
                    .copy()
                    .completeOnTimeout(null, LAST_WORDS_LIMIT.toMillis(), TimeUnit.MILLISECONDS))
            .whenComplete((_, _) -> hasExited(begun));
    started.complete();
    words.hear(begun.getErrorStream());
    lastWords.complete(null);
  }

  private void hasExited(Process ended) {
    input.broken();
    Exit how = new Exit(ended.exitValue(), words.said());
    context.runOnContext(_ -> exit.tryComplete(how));
  }

  /** A thread of its own; it ends with the stream that it is for. */
  private void thread(String what, Runnable without, Runnable work) {
    try {
      Thread thread =
          Thread.ofPlatform()
              .daemon()
              .inheritInheritableThreadLocals(false)
              .name("penstock-child-" + what)
              .unstarted(work);
      // One that is stuck must not keep the classes of the module that started it.
      thread.setContextClassLoader(RunningChild.class.getClassLoader());
      thread.start();
    } catch (OutOfMemoryError _) { // no thread is to be had
      without.run();
      kill();
    }
  }

  String program() {
    return program;
  }

  /** -1 if it was never started. */
  long pid() {
    return process.thenApply(Process::pid).getNow(-1L);
  }

  @Override
  public ReadStream<Buffer> stdout() {
    return output;
  }

  @Override
  public WriteStream<Buffer> stdin() {
    return input;
  }

  @Override
  public Future<Exit> exited() {
    return exit.future();
  }

  @Override
  public void kill() {
    var _ = process.thenAccept(this::kill);
  }

  private void kill(Process its) {
    if (!its.isAlive()) return;
    List<ProcessHandle> descendants = its.descendants().toList();
    its.toHandle().destroy();
    afterGrace()
        .execute(() -> {
          its.descendants().forEach(ProcessHandle::destroyForcibly);
          its.toHandle().destroyForcibly();
          descendants.forEach(ProcessHandle::destroyForcibly);
        });
  }

  private Executor afterGrace() {
    return CompletableFuture.delayedExecutor(grace.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Kills it, and tells whether it has ended after twice the grace. Nobody hears of it any more.
   */
  Future<Boolean> killed() {
    output.forget();
    kill();
    Promise<Boolean> told = Promise.promise();
    var _ =
        process
            .thenCompose(Process::onExit)
            .thenApply(_ -> true)
            .completeOnTimeout(false, 2 * grace.toMillis(), TimeUnit.MILLISECONDS)
            .whenComplete((ended, _) -> {
              input.broken();
              told.complete(ended);
            });
    return told.future();
  }
}
