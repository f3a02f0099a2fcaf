package dev.penstock.p2p.line;

import dev.penstock.p2p.flow.Home;
import dev.penstock.spi.content.Putting;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/** Content that goes over a connection. */
final class ShellUpload implements Putting.Upload {
  private final Home sender;
  private final Home home;
  private final Lent lent;
  private final LineUpload upload;

  /**
   * @param sender where it comes from, and the answers go
   */
  ShellUpload(Home sender, Lent lent, LineUpload upload) {
    this.sender = sender;
    this.home = lent.connection().home();
    this.lent = lent;
    this.upload = upload;
  }

  @Override
  public long offset() {
    return upload.offset();
  }

  @Override
  public Future<Void> begin(long lengthBytes) {
    return sender.answer(home.call(() -> upload.begin(lengthBytes)));
  }

  @Override
  public Future<Void> write(Buffer bytes) {
    return sender.answer(home.call(() -> upload.write(bytes)));
  }

  @Override
  public Future<Stored> complete(boolean valid) {
    return sender.answer(home.call(() -> upload.complete(valid)).onComplete(_ -> lent.giveBack()));
  }

  @Override
  public void close() {
    // Once it is to be completed the answer gives the connection back, which comes within a limit.
    home.run(() -> {
      if (!upload.isCompleted()) upload.leave().onComplete(_ -> lent.giveBack());
    });
  }
}
