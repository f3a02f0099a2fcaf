package dev.penstock.p2p.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RawBodyTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final RawBody body = new RawBody(new ReadWindow(channel));

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private static ByteBuf pooled(String text) {
    return PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(text.getBytes(US_ASCII));
  }

  private HttpContent passed(ByteBuf memory) {
    return body.passing(new DefaultHttpContent(memory));
  }

  /** As Vert.x hands it out. */
  private static Buffer piece(HttpContent content) {
    return BufferInternal.safeBuffer(content.content());
  }

  @Test
  void aPieceThatIsLentLiesInTheMemoryThatItCameInUntilItIsGivenBack() {
    ByteBuf memory = pooled("abc");
    body.begin(true);
    Buffer piece = piece(passed(memory));
    RawBody.Loan loan = body.take(piece);

    memory.setByte(0, 'x');
    assertThat(piece.toString()).isEqualTo("xbc");
    assertThat(memory.refCnt()).isOne();

    loan.giveBack();
    assertThat(memory.refCnt()).isZero();
  }

  @Test
  void aPieceThatIsNotLentIsACopy() {
    ByteBuf memory = pooled("abc");
    Buffer piece = piece(passed(memory));

    body.take(piece).giveBack();

    assertThat(memory.refCnt()).isZero();
    assertThat(piece.toString()).isEqualTo("abc");
  }

  @Test
  void whatCameBeforeAnythingIsLentIsNotTakenForWhatCameAfterwards() {
    Buffer early = piece(passed(pooled("abc")));
    body.begin(true);
    ByteBuf memory = pooled("abc");
    Buffer late = piece(passed(memory));

    body.take(early).giveBack();
    assertThat(memory.refCnt()).isOne();

    body.take(late).giveBack();
    assertThat(memory.refCnt()).isZero();
  }

  @Test
  void whatNobodyTakesAnyMoreIsGivenBackAndWhatIsTakenIsNot() {
    body.begin(true);
    ByteBuf first = pooled("abc");
    ByteBuf second = pooled("def");
    RawBody.Loan taken = body.take(piece(passed(first)));
    passed(second);

    body.stop();

    assertThat(second.refCnt()).isZero();
    assertThat(first.refCnt()).isOne();
    taken.giveBack();
    assertThat(first.refCnt()).isZero();
  }
}
