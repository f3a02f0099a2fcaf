package dev.penstock.spi.testing;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/**
 * A child that starts nothing: what it hears goes to a script, which has it say things. Confined to
 * the context that it was made for, but for what it is asked and told by tests.
 */
public final class ScriptedChild extends StreamedChild {
  private final BiConsumer<ScriptedChild, String> script;
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private volatile boolean killed;
  private boolean ended;
  private boolean stuck;

  /**
   * @param script gets what was just heard
   */
  public ScriptedChild(Context context, BiConsumer<ScriptedChild, String> script) {
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
    return String.join("", heard);
  }

  public boolean isKilled() {
    return killed;
  }

  @Override
  public void kill() {
    killed = true;
    ends(143, "");
  }

  @Override
  public Future<Void> write(Buffer data) {
    if (stuck) return Promise.<Void>promise().future();
    if (ended || killed) return Future.failedFuture("broken pipe");
    heard.add(data.toString());
    onContext(() -> script.accept(this, data.toString()));
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> end() {
    return Future.succeededFuture();
  }
}
