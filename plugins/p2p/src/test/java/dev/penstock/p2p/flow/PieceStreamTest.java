package dev.penstock.p2p.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PieceStreamTest {
  private final List<String> taken = new ArrayList<>();
  private final Pieces stream = new Pieces();

  /** Gives the next of these whenever one is wanted. */
  private static final class Pieces extends PieceStream {
    private final List<String> rest = new ArrayList<>();
    private int overs;

    @Override
    protected void wanted() {
      if (!rest.isEmpty()) add(Buffer.buffer(rest.removeFirst()));
    }

    @Override
    protected void over() {
      overs++;
    }
  }

  private void listen() {
    stream
        .exceptionHandler(why -> taken.add("failed: " + why.getMessage()))
        .endHandler(_ -> taken.add("end"))
        .handler(piece -> taken.add(piece.toString()));
  }

  @Test
  void whatComesWaitsForSomebodyWhoTakesIt() {
    stream.add(Buffer.buffer("a"));
    stream.end();
    assertThat(taken).isEmpty();

    listen();

    assertThat(taken).containsExactly("a", "end");
  }

  @Test
  void noMoreIsHandedOutThanWasAskedForAndTheEndIsNotEither() {
    stream.pause();
    listen();
    for (String one : List.of("a", "b", "c")) stream.add(Buffer.buffer(one));
    stream.end();
    stream.fetch(2);
    assertThat(taken).containsExactly("a", "b");

    stream.fetch(1);
    assertThat(taken).containsExactly("a", "b", "c");

    stream.resume();
    assertThat(taken).containsExactly("a", "b", "c", "end");
  }

  @Test
  void pastAllThereIsNoDemand() {
    stream.pause();
    stream.fetch(Long.MAX_VALUE).fetch(Long.MAX_VALUE);
    listen();
    stream.add(Buffer.buffer("a"));

    assertThat(taken).containsExactly("a");
  }

  @Test
  void theSourceIsAskedWheneverNothingWaits() {
    stream.rest.addAll(List.of("a", "b"));

    listen();

    assertThat(taken).containsExactly("a", "b");
  }

  @Test
  void aReaderThatAsksForMoreInTheMiddleGetsItAfterwards() {
    stream.pause();
    stream.handler(piece -> {
      taken.add("begin " + piece);
      stream.fetch(1);
      taken.add("end " + piece);
    });
    stream.add(Buffer.buffer("a"));
    stream.add(Buffer.buffer("b"));

    stream.fetch(1);

    assertThat(taken).containsExactly("begin a", "end a", "begin b", "end b");
  }

  @Test
  void aFailureComesAfterWhatCameBeforeItAndNoEndDoes() {
    stream.add(Buffer.buffer("a"));
    stream.fail(new IllegalStateException("broken"));

    listen();

    assertThat(taken).containsExactly("a", "failed: broken");
  }

  @Test
  void anEndThatNobodyListensForWaits() {
    stream.handler(_ -> {});
    stream.end();

    stream.endHandler(_ -> taken.add("end"));

    assertThat(taken).containsExactly("end");
  }

  @Test
  void nothingComesOnceItIsStopped() {
    listen();
    stream.handler(piece -> {
      taken.add(piece.toString());
      stream.stop();
    });
    stream.pause();
    stream.add(Buffer.buffer("a"));
    stream.add(Buffer.buffer("b"));
    stream.resume();
    stream.end();

    assertThat(taken).containsExactly("a");
  }

  @Test
  void thatItIsOverIsToldOnceHoweverItEnds() {
    listen();
    stream.end();
    assertThat(stream.overs).isOne();

    stream.stop();
    stream.fail(new IllegalStateException("late"));

    assertThat(stream.overs).isOne();
    assertThat(taken).containsExactly("end");
  }
}
