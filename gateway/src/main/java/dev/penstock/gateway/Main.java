package dev.penstock.gateway;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Where the process begins and ends. */
public final class Main {
  /** Set by whoever wants the gateway to go when he goes: Maven does not stop what it started. */
  private static final String STOP_WITH_PARENT = "PENSTOCK_STOP_WITH_PARENT";

  private Main() {}

  public static void main(String[] arguments) {
    var process = new GatewayProcess(System.out, System.err);
    var outcome = new AtomicReference<ExitCode>(ExitCode.DONE);
    List<String> words = List.of(arguments);
    if (words.size() == 2 && words.getFirst().equals("run")) {
      stopWithTheProcess(process, outcome);
      outcome.set(process.run(Path.of(words.getLast())));
    } else if (words.size() == 2 && words.getFirst().equals("check")) {
      outcome.set(process.check(Path.of(words.getLast())));
    } else {
      System.err.println("penstock run CONFIG | penstock check CONFIG");
      outcome.set(ExitCode.USAGE);
    }
    System.exit(outcome.get().code());
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
      ProcessHandle.current()
          .parent()
          .ifPresent(parent -> parent.onExit().thenRun(() -> System.exit(0)));
  }
}
