package dev.penstock.p2p.cluster;

import dev.penstock.spi.content.Putting;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/** One node that content is put to, from where on it wants it. */
final class Branch {
  private final Member member;
  private final String uuid;
  private final Putting.Upload upload;

  Branch(Member member, String uuid, Putting.Upload upload) {
    this.member = member;
    this.uuid = uuid;
    this.upload = upload;
    member.transferBegins();
  }

  Member member() {
    return member;
  }

  String uuid() {
    return uuid;
  }

  long offset() {
    return upload.offset();
  }

  /**
   * @param totalBytes of the whole content, which is not less than {@link #offset}
   */
  Future<Void> begin(long totalBytes) {
    return upload.begin(totalBytes - upload.offset());
  }

  /** What of these bytes, which lie at a position of the whole, is past its offset. */
  Future<Void> write(Buffer bytes, long position) {
    long has = upload.offset() - position;
    if (has >= bytes.length()) return Future.succeededFuture();
    return upload.write(has <= 0 ? bytes : bytes.slice((int) has, bytes.length()));
  }

  Future<Putting.Stored> complete(boolean valid) {
    return upload.complete(valid);
  }

  /** Does not fail: a node whose upload cannot even be closed keeps nobody from closing others. */
  void close() {
    try {
      upload.close();
    } catch (RuntimeException e) { // a bug in the kind of the repository
      member.failed(e);
    } finally {
      member.transferEnds();
    }
  }
}
