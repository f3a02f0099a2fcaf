package dev.penstock.p2p.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReadWindowTest {
  private static final int WINDOW_BYTES = 1000;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ReadWindow window = new ReadWindow(channel, 2 * WINDOW_BYTES);

  ReadWindowTest() {
    channel.pipeline().addLast(window);
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void comes(int bytes) {
    channel.writeInbound(new DefaultHttpContent(Unpooled.buffer().writeZero(bytes)));
  }

  private void ends(int bytes) {
    channel.writeInbound(new DefaultLastHttpContent(Unpooled.buffer().writeZero(bytes)));
  }

  private boolean reads() {
    return channel.config().isAutoRead();
  }

  @Test
  void whatNobodyLimitsReadsWhateverComes() {
    comes(10 * WINDOW_BYTES);

    assertThat(reads()).isTrue();
  }

  @Test
  void itReadsUntilSoMuchWaitsAndAgainWhenSomeIsTaken() {
    window.limit();

    comes(WINDOW_BYTES - 1);
    assertThat(reads()).isTrue();
    comes(1);
    assertThat(reads()).isFalse();
    window.taken(1);
    assertThat(reads()).isTrue();
  }

  @Test
  void theNextBodyDoesNotWaitForOneThatHasEnded() {
    window.limit();
    comes(2 * WINDOW_BYTES);

    ends(WINDOW_BYTES);

    assertThat(reads()).isTrue();
  }

  @Test
  void whatIsTakenOfABodyThatHasEndedCountsForNothing() {
    window.limit();
    ends(WINDOW_BYTES);
    window.taken(WINDOW_BYTES);

    comes(WINDOW_BYTES);

    assertThat(reads()).isFalse();
  }

  @Test
  void whereNobodyTakesAnythingAnyMoreItReadsOn() {
    window.limit();
    comes(WINDOW_BYTES);

    window.unlimit();

    assertThat(reads()).isTrue();
  }
}
