package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.process.Child;
import dev.penstock.spi.process.Children;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * Children that are programs, each with a thread for its output and one for its input. Threads:
 * any. Closing it kills those that are left.
 */
public final class ProcessChildren implements Children, AutoCloseable {
  private final Vertx vertx;
  private final List<String> before;
  private final List<List<String>> started = new CopyOnWriteArrayList<>();
  private final List<Program> programs = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * @param before words that each command begins with: {@code chroot} and its folder
   */
  public ProcessChildren(Vertx vertx, Object... before) {
    this.vertx = vertx;
    this.before = Arrays.stream(before).map(String::valueOf).toList();
  }

  @Override
  public Future<Child> start(List<String> command) {
    started.add(List.copyOf(command));
    List<String> words = new ArrayList<>(before);
    words.addAll(command);
    try {
      var program = new Program(vertx.getOrCreateContext(), new ProcessBuilder(words).start());
      programs.add(program);
      return Future.succeededFuture(program);
    } catch (IOException e) {
      return Future.failedFuture(
          new GatewayError.Failed(Scope.RESOURCE, words.getFirst() + " cannot be started", e));
    }
  }

  /** Every command that was started, the oldest first. */
  public List<List<String>> started() {
    return List.copyOf(started);
  }

  /** How many have not ended. */
  public long running() {
    return programs.stream().filter(one -> one.process.isAlive()).count();
  }

  @Override
  public void close() {
    programs.forEach(Program::killAtOnce);
    threads.shutdownNow();
  }

  /** Blocks for a piece only while it is read: demand is one piece at a time. */
  private final class Program extends StreamedChild {
    private static final int PIECE_BYTES = 64 << 10;

    private final Process process;
    private final ExecutorService input =
        Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());
    private boolean reading;

    private Program(Context context, Process process) {
      super(context);
      this.process = process;
      threads.execute(this::waitFor);
    }

    private void waitFor() {
      try (InputStream errors = process.getErrorStream()) {
        String said = new String(errors.readAllBytes(), StandardCharsets.UTF_8);
        exits(new Exit(process.waitFor(), said.strip()));
      } catch (IOException | InterruptedException e) {
        exits(new Exit(-1, e.toString()));
      } finally {
        input.shutdown();
      }
    }

    @Override
    void wanted() {
      if (reading) return;
      reading = true;
      threads.execute(this::readPiece);
    }

    private void readPiece() {
      byte[] bytes = new byte[PIECE_BYTES];
      int count = read(bytes);
      onContext(() -> {
        reading = false;
        if (count < 0) endsOutput();
        else says(Buffer.buffer(Arrays.copyOf(bytes, count)));
      });
    }

    private int read(byte[] bytes) {
      try {
        return process.getInputStream().read(bytes);
      } catch (IOException _) {
        return -1; // it was killed
      }
    }

    /** A call that blocks while the program does not read. */
    private interface Input {
      void to(OutputStream program) throws IOException;
    }

    @Override
    public Future<Void> write(Buffer data) {
      byte[] bytes = data.getBytes();
      return input(program -> {
        program.write(bytes);
        program.flush();
      });
    }

    @Override
    public Future<Void> end() {
      return input(OutputStream::close);
    }

    private Future<Void> input(Input call) {
      Promise<Void> done = Promise.promise();
      try {
        input.execute(() -> {
          try {
            call.to(process.getOutputStream());
            onContext(done::complete);
          } catch (IOException e) {
            onContext(() -> done.fail(e));
          }
        });
      } catch (RejectedExecutionException e) {
        done.fail(e); // it has ended
      }
      return done.future();
    }

    /** The process itself last, which closes its pipes as well. */
    @Override
    public void kill() {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }

    private void killAtOnce() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
