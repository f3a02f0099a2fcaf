package dev.penstock.spi.testing;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/**
 * A child that starts nothing: what it hears goes to a script, which has it say things. Confined to
 * the context that it was made for, but for what it is asked and told by tests.
 */
public final class ScriptedChild extends StreamedChild {
  private final BiConsumer<ScriptedChild, Buffer> script;
  private final List<Buffer> heard = new CopyOnWriteArrayList<>();
  private final Promise<Void> gone = Promise.promise();
  private volatile boolean killed;
  private boolean ended;
  private boolean stuck;

  /**
   * @param script gets what was just heard
   */
  public ScriptedChild(Context context, BiConsumer<ScriptedChild, Buffer> script) {
    super(context);
    this.script = script;
  }

  public void says(String text) {
    says(Buffer.buffer(text));
  }

  /** Closes its output, after what it said, and is gone. */
  public void ends(int code, String said) {
    onContext(() -> {
      ended = true;
      endsOutput();
    });
    exits(new Exit(code, said));
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

  @Override
  public void kill() {
    killed = true;
    ends(143, "");
    onContext(gone::tryComplete);
  }

  @Override
  public Future<Void> write(Buffer data) {
    if (stuck) return Promise.<Void>promise().future();
    if (ended || killed) return Future.failedFuture("broken pipe");
    heard.add(data);
    onContext(() -> script.accept(this, data));
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> end() {
    return Future.succeededFuture();
  }
}
