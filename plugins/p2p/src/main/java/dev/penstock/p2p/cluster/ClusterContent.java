package dev.penstock.p2p.cluster;

import dev.penstock.p2p.flow.Permits;
import dev.penstock.spi.content.Content;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.Optional;

/** Content of a node, which counts as a transfer of it until it is closed. */
final class ClusterContent implements Content {
  private final Content content;
  private final Member member;
  private final Permits.Permit permit;
  private boolean closed;

  ClusterContent(Content content, Member member, Permits.Permit permit) {
    this.content = content;
    this.member = member;
    this.permit = permit;
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
    return content.bytes();
  }

  @Override
  public Future<Boolean> valid() {
    return content.valid();
  }

  @Override
  public void close() {
    if (closed) return;
    closed = true;
    content.close();
    member.transferEnds();
    permit.close();
  }
}
