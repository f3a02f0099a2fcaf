package dev.penstock.nbd.handshake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Wire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** "blocks" takes blocks of 4096 bytes, "sectors" of 512. */
class BlockSizesTest {
  private final Negotiation negotiation = new Negotiation();

  @Test
  void whoDidNotAskForLargeBlocksIsToldOfThemAndHasToAskAgain() {
    negotiation.receive(hello().go("blocks").go("blocks", Wire.INFO_BLOCK_SIZE).toBytes());
    assertThat(Negotiation.kinds(negotiation.replies()))
        .containsExactly(
            "7: BLOCK_SIZE", "7: BLOCK_SIZE_REQD", "7: EXPORT", "7: BLOCK_SIZE", "7: ACK");
    assertThat(negotiation.replies()).contains("7: BLOCK_SIZE 4096 65536 1048576");
    assertThat(negotiation.transmit().askedFor()).isEqualTo("blocks");
  }

  @Test
  void toBeInformedCommitsToNothing() {
    negotiation.receive(hello().info("blocks").toBytes());
    assertThat(negotiation.replies()).containsExactly("6: EXPORT 1048576 1", "6: ACK");
  }

  @Test
  void exportNameOfLargeBlocksEndsTheConnection() {
    byte[] bytes = hello().option(Option.EXPORT_NAME, "blocks".getBytes(UTF_8)).toBytes();
    assertThatThrownBy(() -> negotiation.receive(bytes))
        .isInstanceOf(ProtocolError.class)
        .hasMessageContaining("4096");
  }

  @Test
  void sectorsAreWhatEveryClientKeepsTo() {
    negotiation.receive(hello().go("sectors").toBytes());
    assertThat(negotiation.transmit().askedFor()).isEqualTo("sectors");
  }

  @ParameterizedTest(name = "{0} + {1} of {2}: {3}")
  @CsvSource({
    "0, 0, 10000, true",
    "4096, 4096, 10000, true",
    "1, 4096, 10000, false",
    "4096, 1, 10000, false",
    "8192, 1808, 10000, true",
    "4096, 5904, 10000, true",
    "8193, 1807, 10000, false",
    "8192, 1807, 10000, false"
  })
  void theEndOfADeviceCountsAsTheEndOfABlock(
      long offset, long lengthBytes, long sizeBytes, boolean aligned) {
    var blocks = new BlockSizes(4096, 4096, 65536);
    assertThat(blocks.align(offset, lengthBytes, sizeBytes)).isEqualTo(aligned);
  }

  private static ClientBytes hello() {
    return new ClientBytes().fixedNoZeroes();
  }
}
