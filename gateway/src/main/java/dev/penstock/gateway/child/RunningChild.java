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
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A child, with a thread for each of its streams: what they call may block for as long as it likes,
 * and nobody else waits.
 */
final class RunningChild implements Child {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(5);

  /** What it has left running may hold its standard error open for ever. */
  private static final Duration LAST_WORDS_LIMIT = Duration.ofMillis(500);

  private final Context context;
  private final String program;
  private final ProcessBuilder builder;
  private final Duration grace;
  private final Consumer<Thread> starter;
  private final LastWords words;
  private final ChildOutput output;
  private final ChildInput input;
  private final Promise<Exit> exit = Promise.promise();
  private final CompletableFuture<Process> process = new CompletableFuture<>();
  private final CompletableFuture<Void> outputLeft = new CompletableFuture<>();

  /**
   * @param grace what it has to end once it was asked to, and what its reader has to take the rest
   * @param starter starts its threads
   */
  RunningChild(
      Context context,
      String owner,
      List<String> command,
      Map<String, String> environment,
      Duration grace,
      Consumer<Thread> starter) {
    this.context = context;
    this.program = command.getFirst();
    this.grace = grace;
    this.starter = starter;
    this.words = new LastWords(owner, program);
    this.output = new ChildOutput(context);
    this.input = new ChildInput(context, program);
    this.builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(environment);
  }

  /** Completes on any thread once it runs. Its threads are there first, or it is not started. */
  Future<Void> start() {
    try {
      thread("out", this::readAll);
      thread("in", () -> onceItRuns(its -> input.writeAll(its.getOutputStream())));
      thread("start", this::begin);
    } catch (OutOfMemoryError _) { // no thread is to be had
      failed(unavailable());
    }
    return Future.fromCompletionStage(process).mapEmpty();
  }

  private void readAll() {
    onceItRuns(its -> output.readAll(its.getInputStream()));
    outputLeft.complete(null);
  }

  private void onceItRuns(Consumer<Process> work) {
    Process its;
    try {
      its = process.join();
    } catch (CompletionException _) {
      return; // it never will
    }
    work.accept(its);
  }

  private void begin() {
    Process begun;
    try {
      begun = builder.start();
    } catch (IOException | RuntimeException e) { // such as a NUL in an argument
      failed(
          new GatewayError.Failed(
              Scope.RESOURCE, "%s cannot be started: %s".formatted(program, e.getMessage())));
      return;
    } catch (OutOfMemoryError _) { // the JDK wants a thread as well
      failed(unavailable());
      return;
    }
    CompletableFuture<Void> lastWords = new CompletableFuture<>();
    var _ =
        begun
            .onExit()
            .thenCompose(_ ->
                lastWords
                    .copy()
                    .completeOnTimeout(null, LAST_WORDS_LIMIT.toMillis(), TimeUnit.MILLISECONDS))
            .whenComplete((_, _) -> hasExited(begun));
    process.complete(begun);
    words.hear(begun.getErrorStream());
    lastWords.complete(null);
  }

  private void failed(GatewayError why) {
    process.completeExceptionally(why);
  }

  private GatewayError unavailable() {
    return new GatewayError.Unavailable(
        Scope.MODULE, ASK_AGAIN, "%s was not started: no thread is to be had".formatted(program));
  }

  private void hasExited(Process ended) {
    input.broken();
    Exit how = new Exit(ended.exitValue(), words.said());
    context.runOnContext(_ -> exit.tryComplete(how));
  }

  /** A thread of its own; it ends with the stream that it is for. */
  private void thread(String what, Runnable work) {
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .inheritInheritableThreadLocals(false)
            .name("penstock-child-" + what)
            .unstarted(work);
    // One that is stuck must not keep the classes of the module that started it.
    thread.setContextClassLoader(RunningChild.class.getClassLoader());
    starter.accept(thread);
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
    List<ProcessHandle> descendants = its.isAlive() ? its.descendants().toList() : List.of();
    its.toHandle().destroy();
    afterGrace()
        .execute(() -> {
          its.descendants().forEach(ProcessHandle::destroyForcibly);
          its.toHandle().destroyForcibly();
          descendants.forEach(ProcessHandle::destroyForcibly);
          output.forget(); // a pipe that has broken takes it no more
        });
  }

  private Executor afterGrace() {
    return CompletableFuture.delayedExecutor(grace.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Nothing of it is left: no process, and no thread that has something for whoever reads. Fails if
   * it was never started.
   */
  Future<Void> over() {
    return Future.fromCompletionStage(
        process.thenCompose(Process::onExit).thenCompose(_ -> outputLeft));
  }

  /** Kills it, now or once it runs, and tells whether it has ended after twice the grace. */
  Future<Boolean> killed() {
    output.forget();
    kill();
    Promise<Boolean> told = Promise.promise();
    var _ =
        process
            .thenCompose(Process::onExit)
            .handle((_, _) -> true) // or it was never started
            .completeOnTimeout(false, 2 * grace.toMillis(), TimeUnit.MILLISECONDS)
            .whenComplete((ended, _) -> {
              input.broken();
              told.complete(ended);
            });
    return told.future();
  }
}
