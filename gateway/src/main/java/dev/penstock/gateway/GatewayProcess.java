package dev.penstock.gateway;

import dev.penstock.gateway.config.ConfigCheck;
import dev.penstock.gateway.config.ConfigService;
import dev.penstock.gateway.module.Unfinished;
import dev.penstock.gateway.plugin.PluginFault;
import dev.penstock.spi.GatewayError;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.LoggerFactory;

/**
 * A process that is a gateway: from the check of its configuration to its exit code.
 *
 * <p><b>Threads.</b> {@link #run} is for the main thread; {@link #stop} is for the shutdown hook.
 */
public final class GatewayProcess {
  /** A start under way when a stop is asked for may take this long to get to its end. */
  private static final Duration START_MAX = Duration.ofSeconds(60);

  private final PrintStream out;
  private final PrintStream err;
  private final ReentrantLock starting = new ReentrantLock();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private volatile boolean stopping;
  private volatile Optional<Gateway> gateway = Optional.empty();

  public GatewayProcess(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Says everything that is wrong with a configuration, and changes nothing. */
  public ExitCode check(Path file) {
    ConfigCheck check = ConfigService.check(file);
    (check.isGood() ? out : err).println(check.text());
    return check.isGood() ? ExitCode.DONE : ExitCode.CONFIGURATION;
  }

  /** Runs a gateway until {@link #stop}; refuses as {@link #check} does. */
  public ExitCode run(Path file) {
    ExitCode begun = begin(file);
    if (begun != ExitCode.DONE) return begun;
    ended.join();
    return ExitCode.DONE;
  }

  /**
   * Runs a gateway until a volume that it receives is owned by it.
   *
   * @return {@link ExitCode#DONE} then, and never if it was stopped before
   */
  public ExitCode receive(Path file, String volume) {
    ExitCode begun = begin(file);
    if (begun != ExitCode.DONE) return begun;
    var received = new AtomicBoolean();
    // On the thread that stops it: once that has returned, the process may end at any moment.
    var _ =
        ended.thenRun(() -> {
          if (!received.get())
            err.println("Stopped before volume %s was complete.".formatted(volume));
        });
    try {
      received.set(
          gateway.isPresent() && AwaitedVolume.in(gateway.get(), volume).isOwnedBefore(ended));
      if (!received.get()) return ExitCode.FAILED;
      out.println("Volume %s was received and is owned here.".formatted(volume));
      return ExitCode.DONE;
    } catch (GatewayError e) {
      err.println("Volume %s is not received: %s".formatted(volume, e.what()));
      return ExitCode.of(e);
    }
  }

  private ExitCode begin(Path file) {
    starting.lock();
    Optional<CompletableFuture<Loops>> unused = Optional.empty();
    try {
      if (stopping) return ExitCode.DONE;
      var _ = LoggerFactory.getILoggerFactory(); // two threads at once make SLF4J complain
      CompletableFuture<Loops> loops = Loops.starting();
      unused = Optional.of(loops);
      ConfigCheck.Loaded loaded = ConfigCheck.loading(file);
      ConfigCheck check = loaded.check();
      if (!check.isGood()) {
        err.println(check.text());
        return ExitCode.CONFIGURATION;
      }
      check.warned().forEach(err::println);
      var config = check.config().orElseThrow();
      LogLines.write(config.gateway().log());
      var started = Gateway.start(file, config, loaded.plugins().orElseThrow(), loops);
      unused = Optional.empty();
      gateway = Optional.of(started);
      out.println(Greeting.of(started));
      out.flush();
      return ExitCode.DONE;
    } catch (GatewayError e) {
      err.println("The gateway did not start: " + e.what());
      return ExitCode.of(e);
    } catch (RuntimeException e) {
      err.println("The gateway did not start: " + PluginFault.text(e));
      return ExitCode.FAILED;
    } finally {
      unused.ifPresent(GatewayProcess::close);
      starting.unlock();
    }
  }

  /** Those of a gateway that did not start. Harmless if it has closed them. */
  private static void close(CompletableFuture<Loops> loops) {
    var _ =
        loops.thenAccept(made -> {
          var _ = made.close();
        });
  }

  /** Stops the gateway, whatever it is about; waits for all of it. Harmless twice. */
  public ExitCode stop() {
    stopping = true;
    try {
      if (!starting.tryLock(START_MAX.toSeconds(), TimeUnit.SECONDS)) return ExitCode.NOT_CLEAN;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return ExitCode.NOT_CLEAN;
    }
    try {
      boolean clean = gateway.map(Gateway::stop).orElse(true);
      List<Unfinished.Left> unfinished = gateway.map(Gateway::unfinished).orElse(List.of());
      gateway = Optional.empty();
      unfinished.forEach(one -> err.println(one.what()));
      // What is left matters more than how it was left: who stops a machine has to know.
      if (!unfinished.isEmpty())
        return switch (unfinished.getLast().rest()) {
          case FOR_THE_NEXT_START -> ExitCode.UNFINISHED;
          case BROKEN_OFF -> ExitCode.BROKEN_OFF;
        };
      return clean ? ExitCode.DONE : ExitCode.NOT_CLEAN;
    } finally {
      starting.unlock();
      ended.complete(null);
    }
  }
}
