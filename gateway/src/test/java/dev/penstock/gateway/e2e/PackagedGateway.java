package dev.penstock.gateway.e2e;

import dev.penstock.gateway.house.Repository;
import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A gateway from the distribution, in a process of its own, with its files in one folder: {@code
 * penstock.yaml}, {@code gateway.log}, {@code admin.sock}, {@code nbd.sock}, {@code state}, {@code
 * volumes}.
 *
 * <p>Only the processes that it started are stopped or killed.
 */
final class PackagedGateway implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

  /** In the first line of what an operator is told once everything is started. */
  private static final String RUNS = "\" runs on ";

  /** What most tests need; a test adds its modules and volumes. */
  private static final String HEAD =
      """
      gateway: { name: test, state: state, plugins: plugins, shutdown_limit: 10s }
      admin: { socket: admin.sock, plugin_install: true }
      """;

  private static final String DISK =
      """
      stores: { disk: { kind: files, path: volumes } }
      volumes: { demo: { store: disk, size: 64MiB } }
      modules: { nbd: { listen: "unix:nbd.sock", exports: { demo: { volume: demo } } } }
      """;

  private final Path folder;
  private Optional<Process> process = Optional.empty();
  private Optional<Path> programs = Optional.empty();
  private int logged;

  private PackagedGateway(Path folder) {
    this.folder = folder;
  }

  /** The distribution that the build has packed, or that {@code penstock.home} points to. */
  static Path home() {
    Path home =
        Optional.ofNullable(System.getProperty("penstock.home"))
            .map(Path::of)
            .orElseGet(() -> Repository.root().resolve("gateway/target/penstock"));
    if (!Files.isExecutable(home.resolve("bin/penstock")))
      throw new AssertionError("no distribution in %s: run mvn verify".formatted(home));
    return home;
  }

  /** For a field that a test sets before it is used. */
  static PackagedGateway unstarted() {
    return new PackagedGateway(Path.of("nowhere"));
  }

  /** A gateway that serves the volume "demo" of 64 MiB on {@link #nbd}; not started. */
  static PackagedGateway withDemo(Path folder) {
    return configured(folder, HEAD + DISK);
  }

  /** With the plugins of the distribution; not started. */
  static PackagedGateway configured(Path folder, String config) {
    PackagedGateway gateway = new PackagedGateway(folder);
    try {
      Files.createDirectories(folder.resolve("plugins"));
      try (Stream<Path> archives = Files.list(home().resolve("plugins"))) {
        for (Path archive : archives.toList())
          Files.copy(archive, folder.resolve("plugins").resolve(archive.getFileName()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    gateway.configure(config);
    return gateway;
  }

  /** As {@link #configured}, with the usual gateway and admin blocks before it. */
  static PackagedGateway serving(Path folder, String blocks) {
    return configured(folder, HEAD + blocks);
  }

  /** Has it find the programs of a folder before all others, from the next start on. */
  PackagedGateway withPrograms(Path programs) {
    this.programs = Optional.of(programs);
    return this;
  }

  void configure(String config) {
    try {
      Files.writeString(file("penstock.yaml"), config);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /** The URI of an export on {@code nbd.sock}. */
  String nbd(String export) {
    return "nbd+unix:///%s?socket=%s".formatted(export, file("nbd.sock"));
  }

  NbdClient connect(String export) throws IOException {
    return NbdClient.connect(file("nbd.sock"), export);
  }

  AdminApi admin() {
    return new AdminApi(file("admin.sock"));
  }

  /** Starts it and waits until it tells its operator that it runs. */
  PackagedGateway start() {
    launch();
    await(() -> log().substring(logged).contains(RUNS));
    return this;
  }

  /** Waits until something is so; fails at once, with the log, if the gateway ends. */
  void await(Callable<Boolean> something) {
    Awaitility.await("the gateway in " + folder)
        .atMost(START_LIMIT)
        .pollInterval(Duration.ofMillis(50))
        .failFast("the gateway runs", this::requireAlive)
        .until(something);
  }

  private void requireAlive() {
    if (!isAlive()) throw new AssertionError("the gateway ended:\n" + log());
  }

  /** Starts it and waits for nothing. */
  void launch() {
    launch("run");
  }

  /** Starts {@code penstock receive}, and waits until it tells its operator that it runs. */
  PackagedGateway receive(String volume) {
    launch("receive", volume);
    await(() -> log().substring(logged).contains(RUNS));
    return this;
  }

  /** Waits until it ends by itself; its exit code. */
  int awaitEnd() {
    return awaitEnd(process.orElseThrow());
  }

  private void launch(String... words) {
    logged = log().length();
    Stream<String> command = Stream.of(home().resolve("bin/penstock").toString());
    var builder =
        new ProcessBuilder(
            Stream.of(command, Arrays.stream(words), Stream.of(config()))
                .flatMap(Function.identity())
                .toList());
    builder.environment().put("PENSTOCK_STOP_WITH_PARENT", "true"); // also of tests that are killed
    programs.ifPresent(first ->
        builder.environment().compute("PATH", (_, path) -> "%s:%s".formatted(first, path)));
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(file("gateway.log").toFile()));
    try {
      process = Optional.of(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs {@code penstock run} in the foreground, for a start that has to fail. */
  Peer.Result refusal() {
    return Peer.call(START_LIMIT, home().resolve("bin/penstock"), "run", config());
  }

  /** The same of {@code penstock receive}. */
  Peer.Result refusalToReceive(String volume) {
    return Peer.call(START_LIMIT, home().resolve("bin/penstock"), "receive", volume, config());
  }

  /** Runs a command of the CLI against this gateway, whatever its exit code. */
  Peer.Result cli(String... words) {
    Stream<Object> command =
        Stream.of(home().resolve("bin/penstock"), "--socket", file("admin.sock"));
    return Peer.call(Stream.concat(command, Arrays.stream(words)).toArray());
  }

  boolean isAlive() {
    return process.isPresent() && process.get().isAlive();
  }

  long pid() {
    return process.orElseThrow().pid();
  }

  /** As a terminal or systemd would. */
  int stop() {
    Process stopping = process.orElseThrow();
    stopping.destroy();
    return awaitEnd(stopping);
  }

  /** As a power cut would, but for what the kernel has: {@code kill -9}. */
  void kill() {
    Process killed = process.orElseThrow();
    killed.destroyForcibly();
    awaitEnd(killed);
  }

  String log() {
    try {
      Path log = file("gateway.log");
      return Files.exists(log) ? Files.readString(log) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    if (!isAlive()) return;
    try {
      stop();
    } finally {
      process.orElseThrow().destroyForcibly();
    }
  }

  private String config() {
    return file("penstock.yaml").toString();
  }

  private int awaitEnd(Process ending) {
    try {
      if (!ending.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS))
        throw new AssertionError("still runs after %s:%n%s".formatted(STOP_LIMIT, log()));
      return ending.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
