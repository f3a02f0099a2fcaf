package dev.penstock.spi.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A real program, run as its users run it. One that is not installed skips the test and names the
 * Debian package; with the system property {@code penstock.peers.required=true} it fails it.
 *
 * <p>Each program has {@link #LIMIT}; after it the child and what it started are killed, and
 * nothing else is.
 */
public final class Peer {
  public static final Duration LIMIT = Duration.ofMinutes(2);

  private static final Map<String, String> PACKAGES =
      Map.ofEntries(
          Map.entry("nbdinfo", "libnbd-bin"),
          Map.entry("nbdcopy", "libnbd-bin"),
          Map.entry("nbdfuse", "libnbd-bin"),
          Map.entry("nbdsh", "python3-libnbd"),
          Map.entry("nbdkit", "nbdkit"),
          Map.entry("qemu-img", "qemu-utils"),
          Map.entry("qemu-io", "qemu-utils"),
          Map.entry("qemu-nbd", "qemu-utils"),
          Map.entry("qemu-storage-daemon", "qemu-system-common"),
          Map.entry("fio", "fio"),
          Map.entry("mkfs.ext4", "e2fsprogs"),
          Map.entry("fsck.ext4", "e2fsprogs"),
          Map.entry("e2fsck", "e2fsprogs"),
          Map.entry("losetup", "mount"),
          Map.entry("mount", "mount"),
          Map.entry("umount", "mount"),
          Map.entry("fusermount3", "fuse3"),
          Map.entry("curl", "curl"),
          Map.entry("openssl", "openssl"),
          Map.entry("mkfs.xfs", "xfsprogs"),
          Map.entry("mkfs.btrfs", "btrfs-progs"),
          Map.entry("chroot", "coreutils"),
          Map.entry("systemd-socket-activate", "systemd"),
          Map.entry("cmp", "diffutils"));

  private Peer() {}

  /** What a program did. */
  public record Result(List<String> command, int exit, String out, String err) {
    /** Both streams, for messages and for programs that answer on either. */
    public String text() {
      return out + err;
    }
  }

  /** Runs it and fails unless it exits with 0. */
  public static Result run(Object... command) {
    Result result = call(command);
    if (result.exit() != 0)
      throw new AssertionError(
          "%s exited with %d:%n%s"
              .formatted(String.join(" ", result.command()), result.exit(), result.text()));
    return result;
  }

  /** Runs it, whatever its exit code. */
  public static Result call(Object... command) {
    return call(LIMIT, command);
  }

  public static Result call(Duration limit, Object... command) {
    List<String> words = Arrays.stream(command).map(String::valueOf).toList();
    try (Running running = start(words)) {
      return running.await(limit);
    }
  }

  /** Starts it and leaves it running until it is closed. */
  public static Running start(Object... command) {
    return start(Arrays.stream(command).map(String::valueOf).toList());
  }

  /**
   * Runs a script with the Python of the distribution, which alone finds libnbd's module.
   *
   * @param arguments {@code sys.argv[1:]} of the script
   */
  public static Result python(String script, Object... arguments) {
    Path python = Path.of("/usr/bin/python3");
    if (!Files.isExecutable(python)) missing(python.toString(), "python3");
    if (call(python, "-c", "import nbd").exit() != 0) missing("the module nbd", "python3-libnbd");
    return run(Stream.concat(Stream.of(python, "-c", script), Arrays.stream(arguments)).toArray());
  }

  /** Skips or fails the test unless all these programs are installed. */
  public static void require(String... programs) {
    for (String program : programs)
      if (find(program).isEmpty()) missing(program, PACKAGES.getOrDefault(program, program));
  }

  /** Skips the test, or fails it where peers are required, and says what is missing. */
  public static void unavailable(String why) {
    if (Boolean.getBoolean("penstock.peers.required")) Assertions.fail(why);
    Assumptions.abort(why);
  }

  private static void missing(String what, String debianPackage) {
    unavailable("%s is not installed: apt-get install %s".formatted(what, debianPackage));
  }

  private static Optional<Path> find(String program) {
    if (program.contains("/")) return Optional.of(Path.of(program)).filter(Files::isExecutable);
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
    return Arrays.stream(path.split(":", -1))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static Running start(List<String> words) {
    require(words.getFirst());
    Stream<String> program = find(words.getFirst()).map(Path::toString).stream();
    List<String> command = Stream.concat(program, words.stream().skip(1)).toList();
    try {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
      return new Running(words, builder.start());
    } catch (IOException e) {
      throw new AssertionError(words.getFirst() + " does not start", e);
    }
  }

  /** A program that runs. Closing it kills it, and what it started. */
  public static final class Running implements AutoCloseable {
    private final List<String> command;
    private final Process process;
    private final CompletableFuture<String> out;
    private final CompletableFuture<String> err;

    private Running(List<String> command, Process process) {
      this.command = command;
      this.process = process;
      this.out = collect(process.getInputStream());
      this.err = collect(process.getErrorStream());
    }

    public boolean isAlive() {
      return process.isAlive();
    }

    public long pid() {
      return process.pid();
    }

    /** Waits for its end; past the limit it is killed and the test fails with what it said. */
    public Result await(Duration limit) {
      try {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
          close();
          throw new AssertionError(
              "%s did not end within %s:%n%s%s"
                  .formatted(String.join(" ", command), limit, out.join(), err.join()));
        }
        return new Result(command, process.exitValue(), out.join(), err.join());
      } catch (InterruptedException e) {
        close();
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while " + command.getFirst() + " ran", e);
      }
    }

    /** Asks it to end, as a terminal would; what it says then is read as well. */
    public void terminate() {
      process.toHandle().destroy();
    }

    @Override
    public void close() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }

    private static CompletableFuture<String> collect(InputStream stream) {
      var text = new CompletableFuture<String>();
      Thread.ofVirtual()
          .start(() -> {
            try (stream) {
              text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
              text.complete("(its output is lost: " + e.getMessage() + ")");
            }
          });
      return text;
    }
  }
}
