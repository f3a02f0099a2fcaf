package dev.penstock.spi.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is got is what was stored, from any offset on. */
abstract class KeyStoreReadingContract extends KeyStoreFixture {
  private static final int SIZE = 700_001;

  @Test
  void contentThatIsNotThereIsNotFound() {
    Key absent = keyOf(bytes(9, 9));

    assertThat(failureOf(() -> store.get(absent, Optional.empty(), 0, CALLER)))
        .isInstanceOf(GatewayError.NotFound.class);
  }

  @ParameterizedTest(name = "from {0}")
  @ValueSource(ints = {0, 1, 350_000, SIZE - 1})
  void givesEverythingFromAnOffsetOn(int offset) {
    byte[] content = bytes(4, SIZE);
    store(keyOf(content), content);

    assertThat(content(keyOf(content), offset))
        .isEqualTo(Arrays.copyOfRange(content, offset, SIZE));
  }

  @ParameterizedTest(name = "from {0}")
  @ValueSource(longs = {SIZE, SIZE + 1L, 1L << 40})
  void givesNothingFromItsEndOn(long offset) {
    byte[] content = bytes(4, SIZE);
    store(keyOf(content), content);

    Content rest = get(keyOf(content), offset);
    assertThat(rest.lengthBytes()).isZero();
    assertThat(content(keyOf(content), offset)).isEmpty();
    close(rest);
  }

  @Test
  void saysTheLengthFromTheOffsetOnAndThatItIsValidAfterTheLastByte() {
    byte[] content = bytes(4, SIZE);
    store(keyOf(content), content);

    Content rest = get(keyOf(content), 100);
    assertThat(rest.lengthBytes()).isEqualTo(SIZE - 100);
    byte[] come = on(() -> read(rest));
    assertThat(come).hasSize(SIZE - 100);
    assertThat(on(rest::valid)).isTrue();
    close(rest);
    close(rest);
  }

  @Test
  void aPausedReaderGetsNothingAndThenTheRest() {
    byte[] content = bytes(4, SIZE);
    store(keyOf(content), content);
    Content whole = get(keyOf(content), 0);
    Buffer come = Buffer.buffer();
    Promise<byte[]> all = Promise.promise();

    int first =
        on(() -> {
          Promise<Integer> paused = Promise.promise();
          whole.bytes().endHandler(_ -> all.complete(come.getBytes()));
          whole
              .bytes()
              .handler(piece -> {
                come.appendBuffer(piece);
                if (paused.tryComplete(piece.length())) whole.bytes().pause();
              });
          return paused.future();
        });
    int later = on(() -> Future.succeededFuture(come.length()));
    assertThat(later).isEqualTo(first);
    on(() -> {
      whole.bytes().resume();
      return all.future();
    });

    assertThat(all.future().result()).isEqualTo(content);
    close(whole);
  }

  @Test
  void whatLiesInAFileIsThatFromItsOffsetOn() throws Exception {
    byte[] content = bytes(4, SIZE);
    store(keyOf(content), content);

    Content rest = get(keyOf(content), 5000);
    if (rest.file().isPresent()) {
      Content.Stored file = rest.file().get();
      byte[] bytes = Files.readAllBytes(file.path());
      assertThat(Arrays.copyOfRange(bytes, (int) file.offset(), (int) file.offset() + SIZE - 5000))
          .isEqualTo(Arrays.copyOfRange(content, 5000, SIZE));
    }
    close(rest);
  }

  @Test
  void contentThatIsGivenUpInTheMiddleLeavesTheStoreAsItWas() {
    byte[] content = bytes(4, SIZE);
    store(keyOf(content), content);

    for (int i = 0; i < 30; i++) {
      Content given = get(keyOf(content), 0);
      on(() -> {
        given.bytes().handler(_ -> given.close());
        return Future.succeededFuture();
      });
      close(given);
    }

    assertThat(content(keyOf(content))).isEqualTo(content);
  }

  Content get(Key key, long offset) {
    return on(() -> store.get(key, Optional.empty(), offset, CALLER));
  }

  void close(Content content) {
    on(() -> {
      content.close();
      return Future.succeededFuture();
    });
  }
}
