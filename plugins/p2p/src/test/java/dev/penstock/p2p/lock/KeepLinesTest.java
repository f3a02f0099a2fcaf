package dev.penstock.p2p.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import io.vertx.core.buffer.Buffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeepLinesTest {
  private static final String CONVERSATION =
      "{\"unlock\":false}\n\n{\"unlock\":false}\r\n{\"unlock\":true}\n";

  @Property
  void linesMayBeCutAnywhere(
      @ForAll @IntRange(min = 0, max = 53) int first,
      @ForAll @IntRange(min = 0, max = 53) int second) {
    int a = Math.min(CONVERSATION.length(), Math.min(first, second));
    int b = Math.min(CONVERSATION.length(), Math.max(first, second));
    var lines = new KeepLines();

    boolean early = lines.add(Buffer.buffer(CONVERSATION.substring(0, a)));
    boolean later = lines.add(Buffer.buffer(CONVERSATION.substring(a, b)));
    boolean last = lines.add(Buffer.buffer(CONVERSATION.substring(b)));

    assertThat(last).isTrue();
    assertThat(early).isEqualTo(a == CONVERSATION.length());
    assertThat(later).isEqualTo(b == CONVERSATION.length());
  }

  @Test
  void theClientKeepsItForAsLongAsItDoesNotUnlock() {
    var lines = new KeepLines();

    for (int i = 0; i < 10_000; i++)
      assertThat(lines.add(Buffer.buffer("{\"unlock\":false}\n"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense\n",
        "{}\n",
        "[]\n",
        "{\"unlock\":1}\n",
        "{\"unlock\":null}\n",
        "\"a\"\n"
      })
  void whatIsNoSuchLineIsRefused(String line) {
    assertThatThrownBy(() -> new KeepLines().add(Buffer.buffer(line)))
        .isInstanceOf(GatewayError.Invalid.class);
  }

  @Test
  void aLineWithoutEndIsNotCollected() {
    var lines = new KeepLines();
    var much = Buffer.buffer("a".repeat(KeepLines.LINE_BYTES_MAX));
    lines.add(much);

    assertThatThrownBy(() -> lines.add(Buffer.buffer("a")))
        .isInstanceOf(GatewayError.Invalid.class);
  }
}
