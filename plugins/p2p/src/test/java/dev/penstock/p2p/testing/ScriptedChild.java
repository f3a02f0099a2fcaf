package dev.penstock.p2p.testing;

import dev.penstock.p2p.flow.Home;
import dev.penstock.spi.process.Child;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A child that starts nothing: what it hears goes to a script, which has it say things. Confined to
 * the context that made it, but for {@link #isKilled} and {@link #heard}.
 */
public final class ScriptedChild implements Child, ReadStream<Buffer>, WriteStream<Buffer> {
  private final Home home;
  private final BiConsumer<ScriptedChild, Buffer> script;
  private final Promise<Exit> exit = Promise.promise();
  private final Promise<Void> gone = Promise.promise();
  private final Deque<Buffer> waiting = new ConcurrentLinkedDeque<>();
  private final List<Buffer> heard = new CopyOnWriteArrayList<>();
  private volatile boolean killed;
  private boolean paused;
  private boolean ended;
  private boolean stuck;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;

  /**
   * @param script gets what was just heard
   */
  public ScriptedChild(Home home, BiConsumer<ScriptedChild, Buffer> script) {
    this.home = home;
    this.script = script;
  }

  public void says(String text) {
    says(Buffer.buffer(text));
  }

  public void says(Buffer bytes) {
    waiting.add(bytes);
    home.context().runOnContext(_ -> hand());
  }

  /** Closes its output, after what it said, and is gone. */
  public void ends(int code, String said) {
    home.context()
        .runOnContext(_ -> {
          ended = true;
          hand();
          exit.tryComplete(new Exit(code, said));
        });
  }

  /** Takes nothing any more, and says nothing of it. */
  public void sticks() {
    stuck = true;
  }

  /** All that it ever read. */
  public String heard() {
    return heard.stream().map(Buffer::toString).collect(Collectors.joining());
  }

  /** Completes behind all that it has heard, as the end of a program's input does. */
  public Future<Void> gone() {
    return gone.future();
  }

  public boolean isKilled() {
    return killed;
  }

  /** How often it has said something that nobody has read. Any thread. */
  public int unread() {
    return waiting.size();
  }

  private void hand() {
    while (!paused && handler != null && !waiting.isEmpty()) handler.handle(waiting.remove());
    if (ended && waiting.isEmpty() && !paused && endHandler != null) {
      Handler<Void> last = endHandler;
      endHandler = null;
      last.handle(null);
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
    killed = true;
    ends(143, "");
    home.context().runOnContext(_ -> gone.tryComplete());
  }

  @Override
  public Future<Void> write(Buffer data) {
    if (stuck) return Promise.<Void>promise().future();
    if (ended || killed) return Future.failedFuture("broken pipe");
    heard.add(data);
    home.context().runOnContext(_ -> script.accept(this, data));
    return Future.succeededFuture();
  }

  @Override
  public ScriptedChild handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    hand();
    return this;
  }

  @Override
  public ScriptedChild pause() {
    paused = true;
    return this;
  }

  @Override
  public ScriptedChild resume() {
    paused = false;
    home.context().runOnContext(_ -> hand());
    return this;
  }

  @Override
  public ScriptedChild fetch(long amount) {
    return resume();
  }

  @Override
  public ScriptedChild endHandler(@Nullable Handler<Void> handler) {
    endHandler = handler;
    return this;
  }

  @Override
  public ScriptedChild exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }

  @Override
  public Future<Void> end() {
    return Future.succeededFuture();
  }

  @Override
  public ScriptedChild setWriteQueueMaxSize(int maxSize) {
    return this;
  }

  @Override
  public boolean writeQueueFull() {
    return false;
  }

  @Override
  public ScriptedChild drainHandler(@Nullable Handler<Void> handler) {
    return this;
  }
}
