package dev.penstock.p2p.testing;

import dev.penstock.p2p.flow.Home;
import dev.penstock.spi.process.Child;
import dev.penstock.spi.process.Children;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Children that are programs, each with a thread for its output and one for its input. Threads:
 * any. Closing it kills those that are left.
 */
public final class ProcessChildren implements Children, AutoCloseable {
  private final Vertx vertx;
  private final List<String> before;
  private final List<Program> started = new CopyOnWriteArrayList<>();
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
    List<String> words = new ArrayList<>(before);
    words.addAll(command);
    try {
      var program = new Program(Home.here(vertx), new ProcessBuilder(words).start());
      started.add(program);
      return Future.succeededFuture(program);
    } catch (IOException e) {
      return Future.failedFuture(e);
    }
  }

  public long running() {
    return started.stream().filter(one -> one.process.isAlive()).count();
  }

  public int started() {
    return started.size();
  }

  @Override
  public void close() {
    started.forEach(Program::kill);
    threads.close();
  }

  /** Blocks for a piece only while it is read: demand is one piece at a time. */
  private final class Program implements Child, ReadStream<Buffer>, WriteStream<Buffer> {
    private static final int PIECE_BYTES = 64 << 10;

    private final Home home;
    private final Process process;
    private final Promise<Exit> exit = Promise.promise();
    private final ExecutorService input =
        Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());
    private Optional<Buffer> piece = Optional.empty();
    private boolean reading;
    private boolean paused;
    private boolean ended;
    private @Nullable Handler<Buffer> handler;
    private @Nullable Handler<Void> endHandler;

    private Program(Home home, Process process) {
      this.home = home;
      this.process = process;
      threads.execute(this::waitFor);
    }

    private void waitFor() {
      try (InputStream errors = process.getErrorStream()) {
        String said = new String(errors.readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        home.run(() -> exit.tryComplete(new Exit(code, said.strip())));
      } catch (IOException | InterruptedException e) {
        home.run(() -> exit.tryComplete(new Exit(-1, e.toString())));
      }
    }

    private void next() {
      if (handler == null || paused || reading || ended) return;
      if (piece.isPresent()) {
        Buffer bytes = piece.get();
        piece = Optional.empty();
        handler.handle(bytes);
        next();
        return;
      }
      reading = true;
      threads.execute(this::readPiece);
    }

    private void readPiece() {
      byte[] bytes = new byte[PIECE_BYTES];
      int count;
      try {
        count = process.getInputStream().read(bytes);
      } catch (IOException _) {
        count = -1;
      }
      int length = count;
      home.run(() -> {
        reading = false;
        if (length < 0) {
          ended = true;
          if (endHandler != null) endHandler.handle(null);
          return;
        }
        piece = Optional.of(Buffer.buffer(Arrays.copyOf(bytes, length)));
        next();
      });
    }

    @Override
    public Future<Void> write(Buffer data) {
      Promise<Void> written = Promise.promise();
      byte[] bytes = data.getBytes();
      input.execute(() -> {
        try {
          OutputStream to = process.getOutputStream();
          to.write(bytes);
          to.flush();
          home.run(written::complete);
        } catch (IOException e) {
          home.run(() -> written.fail(e));
        }
      });
      return written.future();
    }

    @Override
    public Future<Void> end() {
      return Future.succeededFuture();
    }

    @Override
    public ReadStream<Buffer> stdout() {
      return this;
    }

    @Override
    public WriteStream<Buffer> stdin() {
      return this;
    }

    @Override
    public Future<Exit> exited() {
      return exit.future();
    }

    @Override
    public void kill() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      input.shutdown();
    }

    @Override
    public Program handler(@Nullable Handler<Buffer> handler) {
      this.handler = handler;
      next();
      return this;
    }

    @Override
    public Program pause() {
      paused = true;
      return this;
    }

    @Override
    public Program resume() {
      paused = false;
      next();
      return this;
    }

    @Override
    public Program fetch(long amount) {
      return resume();
    }

    @Override
    public Program endHandler(@Nullable Handler<Void> handler) {
      endHandler = handler;
      return this;
    }

    @Override
    public Program exceptionHandler(@Nullable Handler<Throwable> handler) {
      return this;
    }

    @Override
    public Program setWriteQueueMaxSize(int maxSize) {
      return this;
    }

    @Override
    public boolean writeQueueFull() {
      return false;
    }

    @Override
    public Program drainHandler(@Nullable Handler<Void> handler) {
      return this;
    }
  }
}
