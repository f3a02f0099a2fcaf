package dev.penstock.p2p.serve;

import dev.penstock.spi.content.Content;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Content whose {@link #close} does not fail: what a repository's kind throws there is a bug of it,
 * which neither the client's answer nor what is counted of it may suffer from.
 */
record LentContent(Content content) implements Content {
  private static final Logger LOG = LoggerFactory.getLogger(LentContent.class);

  @Override
  public long lengthBytes() {
    return content.lengthBytes();
  }

  @Override
  public Optional<Stored> file() {
    return content.file();
  }

  @Override
  public ReadStream<Buffer> bytes() {
    return content.bytes();
  }

  @Override
  public Future<Boolean> valid() {
    return content.valid();
  }

  @Override
  public void close() {
    quietly(content);
  }

  /** Closes it; what it throws goes to the log. */
  static void quietly(AutoCloseable lent) {
    try {
      lent.close();
    } catch (Exception e) {
      LOG.warn("{} cannot be closed: a bug in the kind of the repository", lent, e);
    }
  }
}
