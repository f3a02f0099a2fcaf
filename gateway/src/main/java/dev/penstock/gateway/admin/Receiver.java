package dev.penstock.gateway.admin;

import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import io.vertx.core.Future;
import java.nio.file.Path;

/** Takes a body that went to a file. */
interface Receiver {
  /** The only content type that it takes. */
  String contentType();

  /** Refuses what can be refused before a byte of the body is taken. */
  void check(Call call);

  /** The file is whole, and is removed when the future completes. */
  Future<Reply> received(Call call, Path file);
}
