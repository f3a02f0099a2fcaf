package dev.penstock.gateway.admin;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/**
 * Takes a body into a file as it arrives, as fast as the disk takes it. The file is removed by
 * whoever asked for it; if the body does not come whole it is removed here.
 */
final class FileBody {
  private final Vertx vertx;
  private final HttpServerRequest request;
  private final long bytesMax;
  private final Promise<Void> arrived = Promise.promise();
  private long bytes;

  private FileBody(Vertx vertx, HttpServerRequest request, long bytesMax) {
    this.vertx = vertx;
    this.request = request;
    this.bytesMax = bytesMax;
  }

  /**
   * The request must be paused.
   *
   * @param over completes if nobody wants the body any more
   */
  static Future<Path> receive(
      Vertx vertx, HttpServerRequest request, Path folder, long bytesMax, Future<Void> over) {
    var body = new FileBody(vertx, request, bytesMax);
    over.onComplete(_ -> body.arrived.tryFail("the request was refused meanwhile"));
    return vertx
        .executeBlocking(() -> emptyFile(folder))
        .compose(path -> body.into(Objects.requireNonNull(path)));
  }

  private Future<Path> into(Path path) {
    return vertx
        .fileSystem()
        .open(path.toString(), new OpenOptions().setWrite(true).setTruncateExisting(true))
        .compose(file -> {
          pour(file);
          return arrived.future().eventually(file::close).map(path);
        })
        .recover(failure -> remove(vertx, path).transform(_ -> Future.<Path>failedFuture(failure)));
  }

  private void pour(AsyncFile file) {
    request.handler(piece -> take(piece, file));
    request.exceptionHandler(arrived::tryFail);
    request.endHandler(_ -> file.flush().onComplete(_ -> arrived.tryComplete(), arrived::tryFail));
    request.resume();
  }

  private void take(Buffer piece, AsyncFile file) {
    if (arrived.future().isComplete()) return; // refused: the rest is let go as it comes
    bytes += piece.length();
    if (bytes > bytesMax) {
      arrived.tryFail(Refusal.tooLarge(bytesMax));
      return;
    }
    file.write(piece).onFailure(arrived::tryFail);
    if (!file.writeQueueFull()) return;
    request.pause();
    file.drainHandler(_ -> request.resume());
  }

  static Future<Void> remove(Vertx vertx, Path path) {
    return vertx.executeBlocking(() -> Files.deleteIfExists(path)).mapEmpty();
  }

  private static Path emptyFile(Path folder) throws IOException {
    Files.createDirectories(folder);
    return Files.createTempFile(
        folder,
        "archive-",
        ".part",
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }
}
