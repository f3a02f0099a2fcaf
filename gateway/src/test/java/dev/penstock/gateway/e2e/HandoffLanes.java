package dev.penstock.gateway.e2e;

import dev.penstock.gateway.e2e.HandoffCase.Outcome;
import dev.penstock.gateway.house.Repository;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Tries faults at several pairs of gateways at once, since most of the time is waiting. A pair is
 * used again as long as all is well.
 *
 * <p><b>Threads.</b> Any.
 */
final class HandoffLanes implements AutoCloseable {
  private final Path folder;
  private final ExecutorService threads;
  private final Queue<HandoffLane> idle = new ArrayDeque<>();
  private int made;

  HandoffLanes(Path folder, int lanes) {
    this.folder = folder;
    this.threads = Executors.newFixedThreadPool(lanes);
  }

  /** In turn, as soon as a lane is free. */
  Future<Outcome> submit(List<HandoffFault> faults) {
    return threads.submit(() -> tried(faults));
  }

  private Outcome tried(List<HandoffFault> faults) throws Exception {
    HandoffLane lane = lane();
    try {
      Outcome outcome = new HandoffCase(lane, faults).run();
      free(lane);
      return outcome;
    } catch (Exception | AssertionError e) {
      Path logs = kept(lane, faults.toString().replaceAll("[^a-z]+", "-"), e);
      Thread.startVirtualThread(() -> end(lane));
      throw new AssertionError("%s (logs: %s)".formatted(faults, logs), e);
    }
  }

  private static Path kept(HandoffLane lane, String name, Throwable why) throws IOException {
    Path logs = Repository.root().resolve("gateway/target/handoff-faults").resolve(name);
    Files.createDirectories(logs);
    Files.writeString(logs.resolve("home.log"), lane.sites.home.log());
    Files.writeString(logs.resolve("away.log"), lane.sites.away.log());
    try (var text = new PrintWriter(Files.newBufferedWriter(logs.resolve("why.txt")))) {
      text.println(Instant.now());
      why.printStackTrace(text);
    }
    return logs;
  }

  private static void end(HandoffLane lane) {
    try {
      lane.close();
    } catch (IOException | RuntimeException _) {
      // It is in a state that nobody expected, and was reported for it.
    }
  }

  private HandoffLane lane() throws IOException {
    int number;
    synchronized (this) {
      Optional<HandoffLane> waiting = Optional.ofNullable(idle.poll());
      if (waiting.isPresent()) return waiting.get();
      number = made++;
    }
    return new HandoffLane(folder.resolve(Integer.toString(number)));
  }

  private synchronized void free(HandoffLane lane) {
    idle.add(lane);
  }

  @Override
  public void close() throws IOException {
    threads.shutdownNow();
    threads.close();
    for (HandoffLane lane : idle) lane.close();
  }
}
