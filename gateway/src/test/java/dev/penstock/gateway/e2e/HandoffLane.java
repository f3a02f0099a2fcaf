package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * Two gateways, with lines between them that can be stopped, and clients at either that write the
 * volume vm all the time. Faults are tried here one after the other.
 *
 * <p><b>Threads.</b> One, but for the lines and the clients.
 */
final class HandoffLane implements AutoCloseable {
  private static final int SIZE_BYTES = 4 << 20;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  final HandoffStops stops = new HandoffStops(this::isFrozen);
  final TwoOwners sites;
  private final HandoffLine toAway;
  private final HandoffLine toHome;
  private final List<RecordingWriter> writers;

  HandoffLane(Path folder) throws IOException {
    toAway = new HandoffLine(TwoOwners.awaySocket(folder), stops);
    toHome = new HandoffLine(TwoOwners.homeSocket(folder), stops);
    sites = new TwoOwners(folder, SIZE_BYTES + "B", toAway.address(), toHome.address());
    List<PackagedGateway> gateways = List.of(sites.home, sites.away);
    writers =
        List.of(
            new RecordingWriter(gateways, 0, 2, SIZE_BYTES),
            new RecordingWriter(gateways.reversed(), 1, 2, SIZE_BYTES));
  }

  private boolean isFrozen() {
    return Stream.of(sites.home, sites.away).anyMatch(one -> phase(one).equals("freezing"));
  }

  /** Of the last migration from there; empty if nobody knows of one. */
  String phase(PackagedGateway from) {
    try {
      return sites.migration(from).getString("phase", "");
    } catch (IOException _) {
      return ""; // it was killed
    }
  }

  boolean isSettled() {
    try {
      return sites.isSettled();
    } catch (IOException | RuntimeException _) {
      return false; // it was killed, or has not opened its stores yet
    }
  }

  PackagedGateway owner() throws IOException {
    return sites.phase(sites.home).equals("owner") ? sites.home : sites.away;
  }

  PackagedGateway other(PackagedGateway one) {
    return one.equals(sites.home) ? sites.away : sites.home;
  }

  void start(PackagedGateway from, JsonObject wishes) throws IOException {
    String to = from.equals(sites.home) ? "away" : "home";
    sites.start(from, wishes.copy().put("to", to));
  }

  /** Whatever comes of it: the gateway may be killed before it has answered. */
  void wish(PackagedGateway from, String what) {
    Thread.startVirtualThread(() -> {
      try {
        TwoOwners.call(from, "POST", "/v1/migrations/vm/" + what, new JsonObject());
      } catch (IOException | AssertionError _) {
        // The migration goes its way without it.
      }
    });
  }

  void cut() {
    toAway.cut();
    toHome.cut();
  }

  void mend() {
    toAway.mend();
    toHome.mend();
  }

  /** What records say, for messages. */
  String told() {
    var all = new StringBuilder();
    for (PackagedGateway one : List.of(sites.home, sites.away))
      for (String path : List.of("/v1/ownerships", "/v1/migrations"))
        try {
          all.append(one.admin().get(path).body());
        } catch (IOException e) {
          all.append(e);
        }
    return all.toString();
  }

  /** Clients go on, each block is what it may be, and the other leads on to the same or refuses. */
  void assertServed() throws Exception {
    PackagedGateway owner = owner();
    for (RecordingWriter one : writers) {
      long before = one.acknowledged();
      await("writer goes on", () -> one.acknowledged() > before);
    }
    for (RecordingWriter one : writers) one.pause();
    await("the owner serves", () -> connected(owner).map(HandoffLane::closed).isPresent());
    try (NbdClient client = owner.connect("vm")) {
      assertThat(client.flush()).isZero();
      for (RecordingWriter one : writers) one.assertIn(client);
    }
    Optional<NbdClient> elsewhere = connected(other(owner));
    if (elsewhere.isPresent())
      try (NbdClient client = elsewhere.get()) {
        for (RecordingWriter one : writers) one.assertIn(client);
      }
    for (RecordingWriter one : writers) one.resume();
  }

  private static void await(String what, Callable<Boolean> something) {
    Awaitility.await(what)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(10))
        .pollDelay(Duration.ZERO)
        .until(something);
  }

  private static Optional<NbdClient> connected(PackagedGateway gateway) {
    try {
      return Optional.of(gateway.connect("vm"));
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  private static NbdClient closed(NbdClient client) {
    try (client) {
      return client;
    } catch (IOException _) {
      return client;
    }
  }

  @Override
  public void close() throws IOException {
    mend();
    try (toAway;
        toHome;
        sites) {
      for (RecordingWriter one : writers) one.close();
    }
  }
}
