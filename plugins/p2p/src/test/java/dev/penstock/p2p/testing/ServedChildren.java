package dev.penstock.p2p.testing;

import dev.penstock.p2p.flow.Home;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.process.Child;
import dev.penstock.spi.process.Children;
import dev.penstock.spi.testing.ScriptedChild;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Children that are to a store what git-annex-shell is to a repository: several at once, each with
 * a request at a time. Threads: any.
 */
public final class ServedChildren implements Children {
  private final Vertx vertx;
  private final KeyStore store;
  private final List<ScriptedChild> started = new CopyOnWriteArrayList<>();

  /**
   * @param store an open one
   */
  public ServedChildren(Vertx vertx, KeyStore store) {
    this.vertx = vertx;
    this.store = store;
  }

  /**
   * @param command ends with {@code p2pstdio DIRECTORY CLIENT --uuid UUID}
   */
  @Override
  public Future<Child> start(List<String> command) {
    String client = command.get(command.size() - 3);
    var home = Home.here(vertx);
    List<LineConversation> one = new CopyOnWriteArrayList<>();
    var child = new ScriptedChild(home.context(), (_, bytes) -> one.getFirst().heard(bytes));
    var conversation = new LineConversation(store, client, child::says);
    one.add(conversation);
    child.gone().onComplete(_ -> conversation.end());
    started.add(child);
    child.says("AUTH-SUCCESS " + store.uuid() + "\n");
    return Future.succeededFuture(child);
  }

  public long running() {
    return started.stream().filter(one -> !one.isKilled()).count();
  }
}
