package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.process.Child;
import dev.penstock.spi.process.Children;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Children that start nothing: each is a connection to an address, as a program is that carries
 * bytes there. Threads: any.
 */
public final class FakeChildren implements Children {
  private final Vertx vertx;

  /** Kept: one that is garbage takes its connections with it. */
  private final NetClient client;

  private final List<List<String>> started = new CopyOnWriteArrayList<>();
  private final List<FakeChild> running = new CopyOnWriteArrayList<>();
  private volatile Optional<SocketAddress> address = Optional.empty();
  private volatile Optional<Children> others = Optional.empty();

  FakeChildren(Vertx vertx) {
    this.vertx = vertx;
    this.client = vertx.createNetClient();
  }

  /** What is started from now on talks to whoever listens there. */
  public void connectTo(SocketAddress listener) {
    address = Optional.of(listener);
  }

  /** What is started from now on is started by these: programs, for tests that need real ones. */
  public void startBy(Children those) {
    others = Optional.of(those);
  }

  /** Every command that was started, the oldest first. */
  public List<List<String>> started() {
    return List.copyOf(started);
  }

  /** How many have not ended of those that are connections. */
  public int running() {
    return running.size();
  }

  @Override
  public Future<Child> start(List<String> command) {
    started.add(List.copyOf(command));
    if (others.isPresent()) return others.get().start(command);
    if (address.isEmpty())
      return Future.failedFuture(
          new GatewayError.Failed(
              Scope.RESOURCE, "%s cannot be started: no such file".formatted(command.getFirst())));
    // On a loop, where nothing is read before it is paused.
    Promise<Child> child = Promise.promise();
    SocketAddress to = address.get();
    vertx
        .getOrCreateContext()
        .runOnContext(_ -> client.connect(to).map(this::begun).onComplete(child));
    return child.future();
  }

  private Child begun(NetSocket socket) {
    FakeChild child = new FakeChild(socket.pause());
    running.add(child);
    socket.closeHandler(_ -> {
      running.remove(child);
      child.exit.tryComplete(new Child.Exit(0, ""));
    });
    return child;
  }

  /** Ends what was left running. */
  void killAll() {
    running.forEach(FakeChild::kill);
  }

  /** A paused stream that waits for its handler, as a program does that nobody reads. */
  private static final class UntilHandled implements ReadStream<Buffer> {
    private final ReadStream<Buffer> behind;
    private boolean isHandled;
    private boolean isPaused;

    private UntilHandled(ReadStream<Buffer> behind) {
      this.behind = behind;
    }

    @Override
    public synchronized UntilHandled handler(@Nullable Handler<Buffer> handler) {
      behind.handler(handler);
      isHandled = handler != null;
      return isPaused ? this : resume();
    }

    @Override
    public synchronized UntilHandled pause() {
      isPaused = true;
      behind.pause();
      return this;
    }

    @Override
    public synchronized UntilHandled resume() {
      isPaused = false;
      if (isHandled) behind.resume();
      return this;
    }

    @Override
    public UntilHandled fetch(long amount) {
      behind.fetch(amount);
      return this;
    }

    @Override
    public UntilHandled endHandler(@Nullable Handler<Void> handler) {
      behind.endHandler(handler);
      return this;
    }

    @Override
    public UntilHandled exceptionHandler(@Nullable Handler<Throwable> handler) {
      behind.exceptionHandler(handler);
      return this;
    }
  }

  private static final class FakeChild implements Child {
    private final NetSocket socket;
    private final Promise<Exit> exit = Promise.promise();
    private final ReadStream<Buffer> output;

    private FakeChild(NetSocket socket) {
      this.socket = socket;
      this.output = new UntilHandled(socket);
    }

    @Override
    public ReadStream<Buffer> stdout() {
      return output;
    }

    @Override
    public WriteStream<Buffer> stdin() {
      return socket;
    }

    @Override
    public Future<Exit> exited() {
      return exit.future();
    }

    @Override
    public void kill() {
      exit.tryComplete(new Exit(128 + 15, "killed"));
      socket.close();
    }
  }
}
