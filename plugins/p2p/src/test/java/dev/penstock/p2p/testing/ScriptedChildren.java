package dev.penstock.p2p.testing;

import dev.penstock.spi.process.Child;
import dev.penstock.spi.process.Children;
import dev.penstock.spi.testing.ScriptedChild;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/**
 * Children that speak the line protocol: each greets, agrees on a version, and leaves the rest to a
 * script. Threads: any.
 */
public final class ScriptedChildren implements Children {
  private final Vertx vertx;
  private final String uuid;
  private final int version;
  private final BiConsumer<ScriptedChild, String> script;
  private final List<ScriptedChild> started = new CopyOnWriteArrayList<>();
  private final List<List<String>> commands = new CopyOnWriteArrayList<>();

  /**
   * @param version the newest that they know; 0 for one that has not heard of versions
   * @param script gets what is said after that
   */
  public ScriptedChildren(
      Vertx vertx, String uuid, int version, BiConsumer<ScriptedChild, String> script) {
    this.vertx = vertx;
    this.uuid = uuid;
    this.version = version;
    this.script = script;
  }

  @Override
  public Future<Child> start(List<String> command) {
    var child =
        new ScriptedChild(vertx.getOrCreateContext(), (one, said) -> heard(one, said.toString()));
    commands.add(command);
    started.add(child);
    child.says("AUTH-SUCCESS " + uuid + "\n");
    return Future.succeededFuture(child);
  }

  private void heard(ScriptedChild child, String text) {
    if (text.startsWith("VERSION ")) {
      int offered = Integer.parseInt(text.strip().substring("VERSION ".length()));
      child.says(
          version == 0
              ? "ERROR unknown command\n"
              : "VERSION " + Math.min(offered, version) + "\n");
    } else if (!text.startsWith("BYPASS ")) {
      script.accept(child, text);
    }
  }

  /** The oldest first, also those that have ended. */
  public List<ScriptedChild> started() {
    return List.copyOf(started);
  }

  public List<List<String>> commands() {
    return List.copyOf(commands);
  }

  public long running() {
    return started.stream().filter(one -> !one.isKilled()).count();
  }
}
