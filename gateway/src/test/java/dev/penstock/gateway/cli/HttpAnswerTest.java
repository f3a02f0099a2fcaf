package dev.penstock.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What comes back over the wire, whole and cut at every place. */
@SuppressWarnings("StringConcatToTextBlock") // every \\r counts
class HttpAnswerTest {
  private static final String CHUNKED =
      "HTTP/1.1 200 OK\r\n"
          + "Transfer-Encoding: chunked\r\n\r\n"
          + "4\r\n"
          + "{\"a\"\r\n"
          + "3;x=y\r\n"
          + ":1}\r\n"
          + "0\r\n\r\n";
  private static final String SIZED = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}";

  private static String read(String text) throws IOException {
    InputStream in = new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
    return HttpAnswer.read(in).text();
  }

  @Test
  void bothWaysToSendABodyAreRead() throws IOException {
    assertThat(read(CHUNKED)).isEqualTo("{\"a\":1}");
    assertThat(read(SIZED)).isEqualTo("{\"a\":1}");
  }

  @Test
  void anAnswerThatIsCutAnywhereIsNeverTakenForAWholeOne() {
    for (String whole : new String[] {CHUNKED, SIZED})
      for (int end = 0; end < whole.length(); end++) {
        String cut = whole.substring(0, end);
        assertThatThrownBy(() -> read(cut)).as(cut).isInstanceOf(EOFException.class);
      }
  }

  @Test
  void interimAnswersAreSkipped() throws IOException {
    assertThat(read("HTTP/1.1 100 Continue\r\n\r\n" + SIZED)).isEqualTo("{\"a\":1}");
  }

  @Test
  void whatSpeaksNoHttpIsSaidToBeSo() {
    assertThatThrownBy(() -> read("NBDMAGICIHAVEOPT\n\n"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("does not speak HTTP");
  }

  @Test
  void aHeadWithoutEndIsNotReadForEver() {
    assertThatThrownBy(() -> read("HTTP/1.1 200 OK\r\nX: " + "x".repeat(100_000)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("too long");
  }

  @Test
  void sizesReadLikePeopleSayThem() {
    assertThat(Sizes.bytes(1L << 30)).isEqualTo("1GiB");
    assertThat(Sizes.bytes(512L << 20)).isEqualTo("512MiB");
    assertThat(Sizes.bytes((1L << 30) + 512)).isEqualTo("1.0GiB");
    assertThat(Sizes.bytes(1000)).isEqualTo("1000B");
    assertThat(Sizes.bytes(0)).isEqualTo("0B");
  }
}
