package dev.penstock.p2p.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineDecoderTest {
  /** Data of a length that the line before it says, as answers have it. */
  private static final String CONVERSATION =
      "AUTH-SUCCESS u-1\r\nDATA 5\nab\nc\nVALID\nDATA 3\n\r\n\nINVALID\nSUCCESS-PLUS a b\n";

  private static final List<String> PIECES =
      List.of(
          "AUTH-SUCCESS u-1",
          "DATA 5",
          "<ab\nc\n>",
          "VALID",
          "DATA 3",
          "<\r\n\n>",
          "INVALID",
          "SUCCESS-PLUS a b");

  /** Takes what comes, and joins what belongs to one run of data. */
  private static List<String> decode(List<Buffer> fragments) {
    var decoder = new LineDecoder();
    List<String> pieces = new ArrayList<>();
    var data = new StringBuilder();
    for (Buffer fragment : fragments) {
      decoder.add(fragment);
      for (var next = decoder.next(); next.isPresent(); next = decoder.next())
        switch (next.get()) {
          case LineDecoder.Piece.Line(String text) -> {
            pieces.add(text);
            if (text.startsWith("DATA ")) decoder.expectData(Long.parseLong(text.substring(5)));
          }
          case LineDecoder.Piece.Data(Buffer bytes, boolean last) -> {
            data.append(bytes);
            if (!last) continue;
            pieces.add("<" + data + ">");
            data.setLength(0);
          }
        }
    }
    return pieces;
  }

  @Property
  void anyFragmentationGivesTheSame(
      @ForAll @Size(max = 20) List<@IntRange(min = 0, max = 80) Integer> cuts) {
    Buffer all = Buffer.buffer(CONVERSATION);
    List<Buffer> fragments = new ArrayList<>();
    int from = 0;
    for (int cut : cuts.stream().map(at -> Math.min(at, all.length())).sorted().toList()) {
      fragments.add(all.getBuffer(from, cut));
      from = cut;
    }
    fragments.add(all.getBuffer(from, all.length()));

    assertThat(decode(fragments)).isEqualTo(PIECES);
  }

  @Test
  void everyByteAloneGivesTheSame() {
    List<Buffer> bytes = new ArrayList<>();
    for (byte one : CONVERSATION.getBytes(java.nio.charset.StandardCharsets.UTF_8))
      bytes.add(Buffer.buffer(new byte[] {one}));

    assertThat(decode(bytes)).isEqualTo(PIECES);
  }

  @Test
  void aLineOfTheLengthThatIsAllowedIsOne() {
    var decoder = new LineDecoder();
    decoder.add(Buffer.buffer("x".repeat(LineDecoder.LINE_BYTES_MAX) + "\n"));

    assertThat(decoder.next()).isPresent();
  }

  @ParameterizedTest(name = "with an end: {0}")
  @CsvSource({"true", "false"})
  void aLineThatIsLongerIsNone(boolean ends) {
    var decoder = new LineDecoder();
    decoder.add(Buffer.buffer("x".repeat(LineDecoder.LINE_BYTES_MAX + 1) + (ends ? "\n" : "")));

    assertThatThrownBy(decoder::next).isInstanceOf(GatewayError.Failed.class);
  }

  @Test
  void dataIsNotHeldBackUntilAllHasCome() {
    var decoder = new LineDecoder();
    decoder.expectData(10);
    decoder.add(Buffer.buffer("abc"));

    assertThat(decoder.next())
        .isEqualTo(Optional.of(new LineDecoder.Piece.Data(Buffer.buffer("abc"), false)));
  }
}
