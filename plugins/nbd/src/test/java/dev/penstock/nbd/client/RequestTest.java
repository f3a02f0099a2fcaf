package dev.penstock.nbd.client;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.nbd.wire.ProtocolError;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestTest {
  @Test
  void aReplyThatNeverEndsFillsNoMemory() {
    Request read = Request.read(0, 512, List.of(), System.nanoTime());

    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1_000_000; i++) read.expect(0, 1);
            })
        .isInstanceOf(ProtocolError.class)
        .hasMessageContaining("more than 65536 pieces");
  }
}
