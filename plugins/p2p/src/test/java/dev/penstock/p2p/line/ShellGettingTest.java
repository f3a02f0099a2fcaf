package dev.penstock.p2p.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.testing.Settled;
import io.vertx.core.Future;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Content that comes from a repository, and every way in which it does not come whole. */
class ShellGettingTest extends ScriptedRepository {
  @Test
  void contentComesWithItsVerdictAndTheConnectionIsUsedAgain() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("GET")) child.says("DATA 3\nabcVALID\n");
        });

    for (int i = 0; i < 3; i++) {
      Bodies.Read read = done(_ -> read(KEY));
      assertThat(read.text()).isEqualTo("abc");
      assertThat(read.valid()).isTrue();
    }
    assertThat(children.started()).hasSize(1);
    assertThat(heard()).contains("GET 0 a%b " + KEY + "\nSUCCESS\n");
    nothingIsLent();
  }

  @Test
  void contentThatWasChangedMeanwhileIsNotValid() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("GET")) child.says("DATA 3\nabcINVALID\n");
        });

    assertThat(this.<Bodies.Read>done(_ -> read(KEY)).valid()).isFalse();
    assertThat(heard()).endsWith("FAILURE\n");
  }

  @Test
  void ofVersionZeroThereIsNoVerdict() {
    open(
        0,
        (child, text) -> {
          if (text.startsWith("GET")) child.says("DATA 3\nabc");
        });

    assertThat(this.<Bodies.Read>done(_ -> read(KEY)).valid()).isTrue();
    nothingIsLent();
  }

  @Test
  void contentThatIsNotThereIsNotFound() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("GET")) child.says("DATA 0\nINVALID\n");
        });

    assertThat(failure(s -> s.get(KEY, FILE, 0, caller(4))))
        .isInstanceOf(GatewayError.NotFound.class);
    assertThat(heard()).endsWith("FAILURE\n");
    assertThat(children.running()).isEqualTo(1);
    nothingIsLent();
  }

  @ParameterizedTest(name = "CHECKPRESENT says {0}: found is {1}")
  @CsvSource({"SUCCESS, true", "FAILURE, false"})
  void ofVersionZeroAQuestionTellsNoBytesFromNoContent(String answer, boolean found) {
    open(
        0,
        (child, text) -> {
          if (text.startsWith("GET")) child.says("DATA 0\n");
          if (text.startsWith("CHECK")) child.says(answer + "\n");
        });

    Future<Content> got =
        Settled.settled(Bodies.on(vertx, () -> store.get(KEY, FILE, 9, caller(0))));
    assertThat(got.succeeded()).isEqualTo(found);
    nothingIsLent();
  }

  @Test
  void contentThatNobodyReadsToItsEndEndsItsConnection() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("GET")) child.says("DATA 1000\nabc");
        });

    done(s -> s.get(KEY, FILE, 0, caller(4)).onSuccess(Content::close));
    nothingIsLent();
    Awaitility.await().until(() -> children.running() == 0);
    assertThat(store.connections().waiting()).isZero();
  }

  @Test
  void aRepositoryThatDiesInTheMiddleFailsTheContent() {
    open(
        4,
        (child, text) -> {
          if (!text.startsWith("GET")) return;
          child.says("DATA 1000\nabc");
          child.ends(1, "disk on fire");
        });

    assertThat(failure(_ -> read(KEY)))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("disk on fire");
    nothingIsLent();
  }

  @Test
  void aRepositoryThatHangsInTheMiddleIsEnded() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("GET")) child.says("DATA 1000\nabc");
        },
        Map.of("stall_limit", "50ms"));

    assertThat(failure(_ -> read(KEY)))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("has done nothing");
    assertThat(children.running()).isZero();
    nothingIsLent();
  }
}
