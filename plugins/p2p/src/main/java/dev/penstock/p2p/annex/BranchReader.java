package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.process.Child;
import dev.penstock.spi.process.Children;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Optional;

/**
 * Reads files of the branch {@code git-annex} through one {@code git cat-file --batch}, from the
 * first that is asked for until {@link #close}. Source: git's manual page {@code git-cat-file},
 * "BATCH OUTPUT".
 *
 * <p><b>Threads.</b> One context, and one read at a time.
 */
final class BranchReader {
  private static final String BRANCH = "refs/heads/git-annex:";

  /** A log has a line for each repository that ever had the content. */
  private static final int BYTES_MAX = 16 << 20;

  private final Children children;
  private final String git;
  private Optional<Child> child = Optional.empty();
  private Optional<Promise<Optional<byte[]>>> waiting = Optional.empty();
  private long endings;
  private Buffer come = Buffer.buffer();

  /**
   * @param git git's folder
   */
  BranchReader(Children children, String git) {
    this.children = children;
    this.git = git;
  }

  /** Empty if the branch has no such file. */
  Future<Optional<byte[]>> read(byte[] file) {
    Promise<Optional<byte[]>> answer = Promise.promise();
    waiting = Optional.of(answer);
    Buffer request = Buffer.buffer(BRANCH).appendBytes(file).appendString("\n");
    started()
        .compose(reader -> reader.stdin().write(request))
        .onFailure(why -> {
          if (waiting.filter(answer::equals).isPresent()) lost(why);
        });
    return answer.future();
  }

  private Future<Child> started() {
    if (child.isPresent()) return Future.succeededFuture(child.get());
    come = Buffer.buffer();
    long before = endings;
    return children
        .start(List.of("git", "--git-dir=" + git, "cat-file", "--batch"))
        .onSuccess(started -> {
          if (endings != before) {
            started.kill(); // closed while it started
            return;
          }
          child = Optional.of(started);
          started
              .stdout()
              .handler(piece -> {
                // What one that was ended says late answers nothing that is asked now.
                if (child.filter(started::equals).isPresent()) came(piece);
              });
          started.exited().onSuccess(exit -> ended(started, exit));
        });
  }

  private void ended(Child which, Child.Exit exit) {
    if (child.filter(which::equals).isEmpty()) return;
    lost(
        new GatewayError.Failed(
            Scope.REQUEST, "git cat-file ended with %d: %s".formatted(exit.code(), exit.said())));
  }

  private void lost(Throwable why) {
    close();
    waiting.ifPresent(answer -> answer.tryFail(why));
    waiting = Optional.empty();
  }

  private void came(Buffer piece) {
    come.appendBuffer(piece);
    int line = lineEnd();
    if (line < 0 || waiting.isEmpty()) return;
    String header = come.getBuffer(0, line).toString(ISO_8859_1);
    if (header.endsWith(" missing")) {
      answer(Optional.empty());
      return;
    }
    int size;
    try {
      size = Integer.parseInt(header.substring(header.lastIndexOf(' ') + 1));
    } catch (NumberFormatException _) {
      size = -1;
    }
    if (size < 0 || size > BYTES_MAX)
      lost(new GatewayError.Failed(Scope.REQUEST, "git cat-file says \"%s\"".formatted(header)));
    else if (come.length() > line + 1 + size) // a line feed comes last
    answer(Optional.of(come.getBytes(line + 1, line + 1 + size)));
  }

  private int lineEnd() {
    for (int i = 0; i < come.length(); i++) if (come.getByte(i) == '\n') return i;
    return -1;
  }

  private void answer(Optional<byte[]> bytes) {
    come = Buffer.buffer();
    Optional<Promise<Optional<byte[]>>> asked = waiting;
    waiting = Optional.empty();
    asked.ifPresent(promise -> promise.tryComplete(bytes));
  }

  /** Ends the program; the next read starts it anew. */
  void close() {
    endings++;
    Optional<Child> ending = child;
    child = Optional.empty();
    ending.ifPresent(Child::kill);
  }
}
