package dev.penstock.nbd.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.client.Request;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Wire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnflushedTest {
  private final Unflushed unflushed = new Unflushed();

  private Request asked(Command command, int flags) {
    Request request = Request.of(command, flags, 0, 512);
    unflushed.asked(request);
    return request;
  }

  private void carriedOut(Command command, int flags) {
    unflushed.answered(asked(command, flags));
  }

  @ParameterizedTest
  @CsvSource({"WRITE, 1", "TRIM, 1", "WRITE_ZEROES, 1", "READ, 0", "CACHE, 0", "BLOCK_STATUS, 0"})
  void whatChangesSomethingComesIntoDoubtIfAConnectionIsLost(Command command, long doubts) {
    carriedOut(command, 0);
    unflushed.lost();
    assertThat(unflushed.doubts()).isEqualTo(doubts);
  }

  @Test
  void whatWasDurableWhenItWasAnsweredDoesNot() {
    carriedOut(Command.WRITE, Wire.CMD_FLAG_FUA);
    carriedOut(Command.WRITE, 0);
    carriedOut(Command.FLUSH, 0);
    unflushed.lost();
    assertThat(unflushed.doubts()).isZero();
  }

  @Test
  void aFlushDoesNotCoverWhatWasAnsweredAfterItWasAsked() {
    Request flush = asked(Command.FLUSH, 0);
    carriedOut(Command.WRITE, 0);
    unflushed.answered(flush);
    unflushed.lost();
    assertThat(unflushed.doubts()).isEqualTo(1);
  }

  @Test
  void aFlushThatSucceedsLaterDoesNotTakeADoubtBack() {
    carriedOut(Command.WRITE, 0);
    unflushed.lost();
    carriedOut(Command.FLUSH, 0);
    unflushed.lost();
    assertThat(unflushed.doubts()).isEqualTo(1);
  }
}
