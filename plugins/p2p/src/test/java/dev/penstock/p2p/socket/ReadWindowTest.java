package dev.penstock.p2p.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReadWindowTest {
  private static final int WINDOW_BYTES = 10_000;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ReadWindow window = new ReadWindow(channel);

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
  void littleWaitsBeforeSomebodyTakesIt() {
    comes(ReadWindow.SMALL_READ_BYTES);
    assertThat(reads()).isFalse();

    window.read(ReadWindow.LARGE_READ_BYTES);
    assertThat(reads()).isTrue();
  }

  @Test
  void itReadsUntilSoMuchWaitsAndAgainWhenSomeIsTaken() {
    window.read(2 * WINDOW_BYTES);

    comes(WINDOW_BYTES / 2);
    assertThat(reads()).isTrue();
    comes(WINDOW_BYTES / 2);
    assertThat(reads()).isFalse();
    window.taken(WINDOW_BYTES / 2);
    assertThat(reads()).isTrue();
  }

  @Test
  void theNextBodyDoesNotWaitForOneThatHasEnded() {
    window.read(2 * WINDOW_BYTES);
    comes(2 * WINDOW_BYTES);

    ends(WINDOW_BYTES);

    assertThat(reads()).isTrue();
  }

  @Test
  void whatIsTakenOfABodyThatHasEndedCountsForNothing() {
    window.read(2 * WINDOW_BYTES);
    ends(WINDOW_BYTES);
    window.taken(WINDOW_BYTES);

    comes(WINDOW_BYTES);

    assertThat(reads()).isFalse();
  }

  @Test
  void whereNobodyTakesAnythingAnyMoreItReadsOn() {
    window.read(2 * WINDOW_BYTES);
    comes(WINDOW_BYTES);

    window.unlimit();
    comes(10 * WINDOW_BYTES);

    assertThat(reads()).isTrue();
  }

  @Test
  void manyPiecesOfAByteWaitAsWell() {
    window.read(2 * WINDOW_BYTES);

    for (int count = 0; count < WINDOW_BYTES / 100; count++) comes(1);

    assertThat(reads()).isFalse();
  }

  @Test
  void whatOthersHaveTurnedOffIsTheirsToTurnOn() {
    channel.config().setAutoRead(false);

    window.read(2 * WINDOW_BYTES);
    window.taken(1);

    assertThat(reads()).isFalse();
  }
}
