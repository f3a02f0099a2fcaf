package dev.penstock.p2p.annex;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.process.Child;
import dev.penstock.spi.process.Children;
import io.vertx.core.Context;
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
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Real programs, for what is short: nothing here is paused. Each test ends what it left running.
 */
final class ProcessChildren implements Children, AutoCloseable {
  private final Vertx vertx;
  private final List<List<String>> started = new CopyOnWriteArrayList<>();
  private final List<Process> processes = new CopyOnWriteArrayList<>();

  ProcessChildren(Vertx vertx) {
    this.vertx = vertx;
  }

  List<List<String>> started() {
    return List.copyOf(started);
  }

  long running() {
    return processes.stream().filter(Process::isAlive).count();
  }

  @Override
  public Future<Child> start(List<String> command) {
    started.add(List.copyOf(command));
    try {
      Process process = new ProcessBuilder(command).start();
      processes.add(process);
      return Future.succeededFuture(new Running(process, vertx.getOrCreateContext()));
    } catch (IOException e) {
      return Future.failedFuture(
          new GatewayError.Failed(Scope.RESOURCE, command.getFirst() + " cannot be started", e));
    }
  }

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
  }

  private static final class Running implements Child, ReadStream<Buffer>, WriteStream<Buffer> {
    private final Process process;
    private final Context context;
    private final Promise<Exit> exit = Promise.promise();

    private Running(Process process, Context context) {
      this.process = process;
      this.context = context;
      Thread.ofVirtual().start(this::await);
    }

    private void await() {
      String said;
      try (InputStream err = process.getErrorStream()) {
        said = new String(err.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        said = e.toString();
      }
      Exit ended = new Exit(process.onExit().join().exitValue(), said);
      try {
        context.runOnContext(_ -> exit.complete(ended));
      } catch (RejectedExecutionException _) {
        // Nobody waits any more: the test is over.
      }
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
      process.destroy();
    }

    @Override
    public Running handler(@Nullable Handler<Buffer> handler) {
      if (handler != null) Thread.ofVirtual().start(() -> pump(handler));
      return this;
    }

    private void pump(Handler<Buffer> handler) {
      byte[] piece = new byte[8192];
      try (InputStream out = process.getInputStream()) {
        for (int count; (count = out.read(piece)) > 0; ) {
          Buffer bytes = Buffer.buffer(Arrays.copyOf(piece, count));
          context.runOnContext(_ -> handler.handle(bytes));
        }
      } catch (IOException _) {
        // It was killed.
      }
    }

    @Override
    public Future<Void> write(Buffer bytes) {
      try {
        OutputStream in = process.getOutputStream();
        in.write(bytes.getBytes());
        in.flush();
        return Future.succeededFuture();
      } catch (IOException e) {
        return Future.failedFuture(e);
      }
    }

    @Override
    public Future<Void> end() {
      try {
        process.getOutputStream().close();
        return Future.succeededFuture();
      } catch (IOException e) {
        return Future.failedFuture(e);
      }
    }

    @Override
    public Running exceptionHandler(@Nullable Handler<Throwable> handler) {
      return this;
    }

    @Override
    public Running pause() {
      return this;
    }

    @Override
    public Running resume() {
      return this;
    }

    @Override
    public Running fetch(long amount) {
      return this;
    }

    @Override
    public Running endHandler(@Nullable Handler<Void> handler) {
      return this;
    }

    @Override
    public Running setWriteQueueMaxSize(int max) {
      return this;
    }

    @Override
    public boolean writeQueueFull() {
      return false;
    }

    @Override
    public Running drainHandler(@Nullable Handler<Void> handler) {
      return this;
    }
  }
}
