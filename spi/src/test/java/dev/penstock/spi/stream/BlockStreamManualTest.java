package dev.penstock.spi.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The example in BLOCK-STREAM.md is what the encoder writes and the decoder reads. */
class BlockStreamManualTest {
  private static final int SIZE = 12_288;

  @Test
  void exampleIsWhatTheEncoderWrites() throws Exception {
    assertThat(HexFormat.of().formatHex(parts().encoded()))
        .isEqualTo(HexFormat.of().formatHex(example()));
  }

  @Test
  void exampleIsReadAsTheManualSays() throws Exception {
    Parts got = Parts.awaited();
    var decoder = new BlockStreamDecoder(got);

    decoder.decode(ByteBuffer.wrap(example()));
    decoder.finish();

    assertThat(got.seen()).isEqualTo(parts().lines());
  }

  @Test
  void limitsAreThoseOfTheManual() throws Exception {
    assertThat(manual())
        .contains("| name | %d |".formatted(BlockStreamLayout.NAME_BYTES_MAX))
        .contains(
            "| payload, and data of a record | %,d |".formatted(BlockStreamLayout.DATA_BYTES_MAX));
  }

  private static Parts parts() {
    return new Parts(Parts.header(SIZE, 0))
        .data(4_096, "penstock".getBytes(StandardCharsets.US_ASCII))
        .zeroes(8_192, 4_096);
  }

  private static byte[] example() throws Exception {
    String fence = manual().split("```hex\n", 2)[1].split("```", 2)[0];
    StringBuilder digits = new StringBuilder();
    fence.lines().forEach(line -> digits.append(line.split("#", 2)[0].replace(" ", "")));
    return HexFormat.of().parseHex(digits);
  }

  private static String manual() throws Exception {
    return Files.readString(Path.of("BLOCK-STREAM.md"));
  }
}
