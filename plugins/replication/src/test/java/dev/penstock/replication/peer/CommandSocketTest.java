package dev.penstock.replication.peer;

import static org.awaitility.Awaitility.await;

import dev.penstock.spi.process.Child;
import dev.penstock.spi.process.Children;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CommandSocketTest {
  private final Vertx vertx = Vertx.vertx();
  private final FakeModuleContext context =
      new FakeModuleContext(vertx, "replication", TestSettings.block("replication", Map.of()));

  @AfterEach
  void close() throws Exception {
    context.close();
    done(vertx.close());
  }

  private static <T> T done(Future<T> coming) throws Exception {
    return coming.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void aProcessThatStartsForAConnectionThatIsGoneEnds() throws Exception {
    NetServer far = vertx.createNetServer().connectHandler(_ -> {});
    done(far.listen(0, "127.0.0.1"));
    context.children().connectTo(SocketAddress.inetSocketAddress(far.actualPort(), "127.0.0.1"));
    Promise<Void> mayStart = Promise.promise();
    Promise<Void> wanted = Promise.promise();
    Promise<Child> begun = Promise.promise();
    Children slow =
        command -> {
          wanted.complete();
          return mayStart
              .future()
              .compose(_ -> context.children().start(command))
              .onComplete(begun);
        };
    var socket = new CommandSocket(vertx, slow, List.of("ssh"));
    SocketAddress address = done(socket.open());

    NetSocket connection = done(vertx.createNetClient().connect(address));
    done(wanted.future());
    done(connection.close());
    mayStart.complete();

    done(begun.future());
    await().until(() -> context.children().running() == 0);
    done(socket.close());
  }
}
