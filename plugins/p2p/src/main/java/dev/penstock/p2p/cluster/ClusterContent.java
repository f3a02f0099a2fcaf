package dev.penstock.p2p.cluster;

import dev.penstock.p2p.flow.Permits;
import dev.penstock.spi.content.Content;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.Optional;

/**
 * Content of a node, which counts as a transfer of it until it is closed.
 *
 * <p>If it breaks off that is noted as an error of the node: the client asks again for the rest,
 * and gets it from another.
 */
final class ClusterContent implements Content {
  private final Content content;
  private final Member member;
  private final Permits.Permit permit;
  private final WatchedBytes bytes;
  private boolean closed;

  ClusterContent(Content content, Member member, Permits.Permit permit) {
    this.content = content;
    this.member = member;
    this.permit = permit;
    this.bytes = new WatchedBytes(content.bytes(), content.lengthBytes(), member::failed);
  }

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
    return bytes;
  }

  @Override
  public Future<Boolean> valid() {
    return content
        .valid()
        .onSuccess(valid -> {
          if (!valid) member.failed(WatchedBytes.damaged());
        });
  }

  @Override
  public void close() {
    if (closed) return;
    closed = true;
    try {
      content.close();
    } catch (RuntimeException e) { // a bug in the kind of the repository
      member.failed(e);
    } finally {
      member.transferEnds();
      permit.close();
    }
  }
}
