package dev.penstock.gateway;

import dev.penstock.gateway.cli.Cli;
import dev.penstock.gateway.cli.Daemon;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

/** Where the process begins and ends. */
public final class Main {
  /** Set by whoever wants the gateway to go when he goes: Maven does not stop what it started. */
  private static final String STOP_WITH_PARENT = "PENSTOCK_STOP_WITH_PARENT";

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(Cli.execute(arguments, new ThisProcess()).code());
  }

  /** Commands that are no client's. Nothing of the gateway is loaded before one is given. */
  private static final class ThisProcess implements Daemon {
    @Override
    public ExitCode run(Path config) {
      var process = new GatewayProcess(System.out, System.err);
      var outcome = new AtomicReference<ExitCode>(ExitCode.DONE);
      stopWithTheProcess(process, outcome);
      outcome.set(process.run(config));
      return outcome.get();
    }

    /** What is not complete has failed, whatever ends it. */
    @Override
    public ExitCode receive(Path config, String volume) {
      var process = new GatewayProcess(System.out, System.err);
      var outcome = new AtomicReference<ExitCode>(ExitCode.FAILED);
      stopWithTheProcess(process, outcome);
      outcome.set(process.receive(config, volume));
      return outcome.get();
    }

    @Override
    public ExitCode check(Path config) {
      return new GatewayProcess(System.out, System.err).check(config);
    }
  }

  /**
   * SIGTERM, SIGINT and a return from {@code main} all come through here. The hook waits for the
   * gateway to stop and ends the process itself: after a signal the JVM would report the signal,
   * not whether the stop was clean.
   */
  private static void stopWithTheProcess(
      GatewayProcess process, AtomicReference<ExitCode> outcome) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  ExitCode stopped = process.stop();
                  ExitCode code = outcome.get() == ExitCode.DONE ? stopped : outcome.get();
                  Runtime.getRuntime().halt(code.code());
                },
                "penstock-stop"));
    if (System.getenv(STOP_WITH_PARENT) != null)
      ProcessHandle.current().parent().ifPresent(Main::stopWith);
  }

  private static void stopWith(ProcessHandle parent) {
    var _ = parent.onExit().thenRun(() -> System.exit(0));
  }
}
