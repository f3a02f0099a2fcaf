package dev.penstock.spi.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Settled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is stored is all of it, and as the key says; or nothing is. */
abstract class KeyStorePuttingContract extends KeyStoreReadingContract {
  private static final int SIZE = 300_007;

  @ParameterizedTest(name = "{0} bytes")
  @ValueSource(ints = {0, 1, 10_000, 524_288, 1_048_577, 3_000_000})
  void storesContentOfAnySize(int size) {
    byte[] content = bytes(size, size);

    store(keyOf(content), content);

    assertThat(isPresent(keyOf(content))).isTrue();
    assertThat(content(keyOf(content))).isEqualTo(content);
  }

  @Test
  void takesABufferThatIsLargerThanWhatItHandlesAtATime() {
    byte[] content = bytes(6, 5_000_000);
    Putting.Upload upload = upload(keyOf(content));

    begin(upload, content.length);
    write(upload, Buffer.buffer(content));

    assertThat(complete(upload, true).stored()).isTrue();
    assertThat(content(keyOf(content))).isEqualTo(content);
  }

  @Test
  void wantsNoByteOfWhatIsThere() {
    byte[] content = bytes(1, 100);
    store(keyOf(content), content);

    assertThat(offer(keyOf(content))).isInstanceOf(Putting.There.class);
  }

  @Test
  void goesOnWhereAnUploadWasGivenUp() {
    byte[] content = bytes(5, SIZE);
    Putting.Upload first = upload(keyOf(content));
    begin(first, SIZE);
    write(first, Arrays.copyOf(content, 200_000));
    close(first);
    close(first);

    assertThat(isPresent(keyOf(content))).isFalse();
    Putting.Upload second = upload(keyOf(content));
    if (goesOnWithUploads()) assertThat(second.offset()).isEqualTo(200_000);
    assertThat(second.offset()).isBetween(0L, 200_000L);
    assertThat(send(second, content).stored()).isTrue();
    assertThat(content(keyOf(content))).isEqualTo(content);
  }

  @Test
  void anOfferThatNobodyTakesUpChangesNothing() {
    byte[] content = bytes(5, SIZE);
    Putting.Upload begun = upload(keyOf(content));
    begin(begun, SIZE);
    write(begun, Arrays.copyOf(content, 100_000));
    close(begun);

    Putting.Upload asked = upload(keyOf(content));
    long offset = asked.offset();
    close(asked);

    Putting.Upload again = upload(keyOf(content));
    assertThat(again.offset()).isEqualTo(offset);
    assertThat(send(again, content).stored()).isTrue();
  }

  @Test
  void throwsAwayWhatIsNotWhatTheKeyStandsFor() {
    byte[] content = bytes(5, SIZE);
    byte[] other = content.clone();
    other[SIZE - 1] ^= 1;

    assertThat(send(upload(keyOf(content)), other).stored()).isFalse();

    assertThat(isPresent(keyOf(content))).isFalse();
    Putting.Upload next = upload(keyOf(content));
    assertThat(next.offset()).isZero();
    assertThat(send(next, content).stored()).isTrue();
  }

  @Test
  void throwsAwayWhatTheSenderDoesNotVouchFor() {
    byte[] content = bytes(5, SIZE);
    Putting.Upload upload = upload(keyOf(content));
    begin(upload, SIZE);
    write(upload, content);

    assertThat(complete(upload, false).stored()).isFalse();

    assertThat(isPresent(keyOf(content))).isFalse();
    store(keyOf(content), content);
  }

  @Test
  void lessThanWasAnnouncedIsNotStored() {
    byte[] content = bytes(5, SIZE);
    Putting.Upload upload = upload(keyOf(content));
    begin(upload, SIZE);
    write(upload, Arrays.copyOf(content, SIZE - 1));

    assertThat(complete(upload, true).stored()).isFalse();

    assertThat(isPresent(keyOf(content))).isFalse();
    store(keyOf(content), content);
  }

  @ParameterizedTest(name = "{0} bytes more than the key says")
  @ValueSource(ints = {-1, 1})
  void aLengthThatTheKeyDoesNotHaveIsNotStored(int more) {
    byte[] content = bytes(5, SIZE);
    byte[] other = Arrays.copyOf(content, SIZE + more);
    Putting.Upload upload = upload(keyOf(content));

    Future<Putting.Stored> stored =
        Settled.settled(
            asked(() ->
                upload
                    .begin(other.length)
                    .compose(_ -> upload.write(Buffer.buffer(other)))
                    .compose(_ -> upload.complete(true))));
    assertThat(stored.succeeded() && stored.result().stored()).isFalse();
    close(upload);

    assertThat(isPresent(keyOf(content))).isFalse();
    store(keyOf(content), content);
  }

  @Test
  void moreThanWasAnnouncedIsRefused() {
    byte[] content = bytes(5, SIZE);
    Putting.Upload upload = upload(keyOf(content));
    begin(upload, 1000);

    assertThat(failureOf(() -> upload.write(Buffer.buffer(content)))).isNotNull();

    close(upload);
    assertThat(isPresent(keyOf(content))).isFalse();
    store(keyOf(content), content);
  }

  @Test
  void twoThatPutTheSameAtOnceBothEndWell() {
    byte[] content = bytes(8, SIZE);
    Putting.Upload one = upload(keyOf(content));
    Putting.Upload other = upload(keyOf(content));
    begin(one, SIZE - one.offset());
    begin(other, SIZE - other.offset());
    write(one, Arrays.copyOf(content, 150_000));
    write(other, content);
    write(one, Arrays.copyOfRange(content, 150_000, SIZE));

    assertThat(complete(other, true).stored()).isTrue();
    assertThat(complete(one, true).stored()).isTrue();

    assertThat(content(keyOf(content))).isEqualTo(content);
    assertThat(remove(keyOf(content))).isEqualTo(Removal.DONE);
    assertThat(upload(keyOf(content)).offset()).as("nothing is left of them").isZero();
  }

  @Test
  void manyUploadsThatAreGivenUpLeaveTheStoreAsItWas() {
    byte[] content = bytes(8, SIZE);
    for (int i = 0; i < 30; i++) {
      Putting.Upload upload = upload(keyOf(content));
      begin(upload, SIZE - upload.offset());
      write(upload, Arrays.copyOfRange(content, (int) upload.offset(), (int) upload.offset() + 10));
      close(upload);
    }

    store(keyOf(content), content);

    assertThat(content(keyOf(content))).isEqualTo(content);
  }

  @Test
  void whatHasComeByAnotherWayIsLookedFor() {
    byte[] content = bytes(8, 100);

    assertThat(cameOtherwise(keyOf(content)).stored()).isFalse();
    store(keyOf(content), content);
    assertThat(cameOtherwise(keyOf(content)).stored()).isTrue();
  }

  private Putting.Stored cameOtherwise(Key key) {
    return on(() -> store.cameOtherwise(key, Optional.empty(), CALLER));
  }
}
