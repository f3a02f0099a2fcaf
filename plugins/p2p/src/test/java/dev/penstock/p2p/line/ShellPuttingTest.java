package dev.penstock.p2p.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Putting;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Content that goes to a repository, and uploads that come to another end. */
class ShellPuttingTest extends ScriptedRepository {
  @Test
  void aRepositoryThatTakesNothingIsEnded() {
    open(
        4,
        (child, text) -> {
          if (!text.startsWith("PUT")) return;
          child.says("PUT-FROM 0\n");
          child.sticks();
        },
        Map.of("stall_limit", "50ms"));

    assertThat(failure(_ -> sent(Buffer.buffer("abc"), true)))
        .isInstanceOf(GatewayError.Unavailable.class);
    assertThat(children.running()).isZero();
    nothingIsLent();
  }

  private Future<Putting.Stored> sent(Buffer whole, boolean valid) {
    return store
        .put(KEY, FILE, caller(4))
        .compose(putting -> Bodies.send(putting, whole, 2, valid));
  }

  @Test
  void contentIsPutFromWhereItIsWanted() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("PUT")) child.says("PUT-FROM 2\n");
          if (text.endsWith("VALID\n")) child.says("SUCCESS-PLUS n-1 n-2\n");
        });

    assertThat(this.<Putting.Stored>done(_ -> sent(Buffer.buffer("abcdef"), true)))
        .isEqualTo(new Putting.Stored(true, Set.of("n-1", "n-2")));
    assertThat(heard()).endsWith("PUT a%b " + KEY + "\nDATA 4\ncdefVALID\n");
    assertThat(children.running()).isEqualTo(1);
    nothingIsLent();
  }

  @Test
  void contentThatIsThereIsNotWanted() {
    open(4, answering("ALREADY-HAVE-PLUS n-1\n"));

    assertThat(this.<Putting>done(s -> s.put(KEY, FILE, caller(4))))
        .isEqualTo(new Putting.There(Set.of("n-1")));
    nothingIsLent();
  }

  /** git-annex-shell keeps what is said to be invalid, if its key has no hash. */
  @ParameterizedTest
  @ValueSource(ints = {0, 4})
  void whatTheSenderDoesNotVouchForLacksItsLastByte(int version) {
    open(
        version,
        (child, text) -> {
          if (text.startsWith("PUT")) child.says("PUT-FROM 0\n");
        });

    assertThat(this.<Putting.Stored>done(_ -> sent(Buffer.buffer("abc"), false)))
        .isEqualTo(Putting.Stored.NOT);
    assertThat(heard()).endsWith("DATA 3\nab");
    assertThat(children.running()).isZero();
    nothingIsLent();
  }

  @Test
  void noBytesThatTheSenderDoesNotVouchForAreSaidToBeInvalid() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("PUT")) child.says("PUT-FROM 0\n");
          if (text.equals("INVALID\n")) child.says("FAILURE\n");
        });

    assertThat(this.<Putting.Stored>done(_ -> sent(Buffer.buffer(), false)))
        .isEqualTo(Putting.Stored.NOT);
    assertThat(children.running()).isEqualTo(1);
    nothingIsLent();
  }

  @Test
  void anOfferThatIsNotTakenUpBringsTheConnectionBack() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("PUT")) child.says("PUT-FROM 7\n");
          if (text.endsWith("INVALID\n")) child.says("FAILURE\n");
        });

    done(s -> s.put(KEY, FILE, caller(4)).onSuccess(putting -> ((Putting.Upload) putting).close()));
    nothingIsLent();
    assertThat(heard()).endsWith("DATA 0\nINVALID\n");
    assertThat(store.connections().waiting()).isEqualTo(1);
  }

  @Test
  void anUploadThatIsLeftInItsMiddleEndsItsConnection() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("PUT")) child.says("PUT-FROM 0\n");
        });

    done(s ->
        s.put(KEY, FILE, caller(4))
            .map(Putting.Upload.class::cast)
            .compose(upload -> upload.begin(100).onComplete(_ -> upload.close())));
    nothingIsLent();
    assertThat(children.running()).isZero();
  }

  @Test
  void moreThanWasAnnouncedIsNotSent() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("PUT")) child.says("PUT-FROM 0\n");
        });

    assertThat(
            failure(s ->
                s.put(KEY, FILE, caller(4))
                    .map(Putting.Upload.class::cast)
                    .compose(upload ->
                        upload
                            .begin(2)
                            .compose(_ -> upload.write(Buffer.buffer("abc")))
                            .onComplete(_ -> upload.close()))))
        .isInstanceOf(GatewayError.Invalid.class);
    nothingIsLent();
  }

  @ParameterizedTest(name = "version {0} is asked {1}")
  @CsvSource({"4, DATA-PRESENT", "3, CHECKPRESENT", "0, CHECKPRESENT"})
  void whatCameOtherwiseIsLookedForInTheWordsOfTheVersion(int version, String word) {
    open(
        version,
        (child, text) -> {
          if (text.startsWith("PUT")) child.says("PUT-FROM 0\n");
          if (text.startsWith(word)) child.says("SUCCESS\n");
        });

    assertThat(this.<Putting.Stored>done(s -> s.cameOtherwise(KEY, FILE, caller(4))).stored())
        .isTrue();
    nothingIsLent();
  }
}
