package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.process.Child;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Programs that are asked something, answer, and end. One that takes too long, or says too much, is
 * ended.
 *
 * <p><b>Threads.</b> Any; what comes of one comes on the context that asked.
 */
final class ShortPrograms {
  /** git-annex lists some lines for each repository that it knows of. */
  private static final int OUTPUT_BYTES_MAX = 4 << 20;

  private static final String CLOSED = "the repository is closed";

  private final KeyStoreContext host;
  private final Duration limit;
  private final Set<Child> running = ConcurrentHashMap.newKeySet();
  private volatile boolean isClosed;

  /**
   * What a program said.
   *
   * @param code with which it ended, which is not 0 for one that was ended
   * @param errors of its standard error
   */
  record Said(int code, String output, String errors) {}

  ShortPrograms(KeyStoreContext host, Duration limit) {
    this.host = host;
    this.limit = limit;
  }

  Future<Said> ask(List<String> command) {
    if (isClosed) return Future.failedFuture(CLOSED);
    return host.children().start(command).compose(this::heard);
  }

  private Future<Said> heard(Child child) {
    running.add(child);
    if (isClosed) child.kill();
    Buffer output = Buffer.buffer();
    Promise<Void> read = Promise.promise();
    child
        .stdout()
        .exceptionHandler(read::tryFail)
        .endHandler(_ -> read.tryComplete())
        .handler(piece -> {
          if (output.length() + piece.length() > OUTPUT_BYTES_MAX) child.kill();
          else output.appendBuffer(piece);
        });
    child.stdin().end(); // there is nothing to read
    long timer = host.vertx().setTimer(limit.toMillis(), _ -> child.kill());
    return read.future()
        .compose(_ -> child.exited())
        .onFailure(_ -> child.kill())
        .onComplete(_ -> {
          host.vertx().cancelTimer(timer);
          running.remove(child);
        })
        .map(exit -> new Said(exit.code(), output.toString(UTF_8), exit.said()));
  }

  /** Ends those that run; completes when they have ended. */
  Future<Void> close() {
    isClosed = true;
    List<Child> ending = List.copyOf(running);
    ending.forEach(Child::kill);
    return Future.join(ending.stream().map(Child::exited).toList()).mapEmpty();
  }
}
