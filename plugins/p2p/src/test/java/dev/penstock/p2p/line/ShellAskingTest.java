package dev.penstock.p2p.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.testing.Settled;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a repository is started and asked, and every way to answer wrongly or not at all. */
class ShellAskingTest extends ScriptedRepository {
  @Test
  void aRepositoryIsAskedInTheVersionThatBothSpeak() {
    open(4, answering("SUCCESS\n"));

    assertThat(this.<Boolean>done(s -> s.isPresent(KEY, caller(3)))).isTrue();
    assertThat(heard()).isEqualTo("VERSION 3\nBYPASS g-1\nCHECKPRESENT " + KEY + "\n");
    assertThat(children.commands())
        .containsExactly(List.of("git-annex-shell", "p2pstdio", "/srv/a", "c-1", "--uuid", UUID));
  }

  @Test
  void aClientOfVersionZeroIsOfferedNoOther() {
    open(4, answering("FAILURE\n"));

    assertThat(this.<Boolean>done(s -> s.isPresent(KEY, caller(0)))).isFalse();
    assertThat(heard()).isEqualTo("CHECKPRESENT " + KEY + "\n");
  }

  @Test
  void aRepositoryThatKnowsNoVersionsIsSpokenToInTheFirst() {
    open(0, answering("SUCCESS\n"));

    assertThat(this.<Removal>done(s -> s.remove(KEY, OptionalLong.empty(), caller(4))))
        .isEqualTo(Removal.DONE);
    assertThat(heard()).isEqualTo("VERSION 4\nREMOVE " + KEY + "\n");
  }

  @Test
  void anotherRepositoryThanTheOneThatIsMeantIsNotAsked() {
    open(4, answering("SUCCESS\n"), Map.of("uuid", "another"));

    assertThat(failure(s -> s.isPresent(KEY, caller(4))))
        .isInstanceOf(GatewayError.Failed.class)
        .hasMessageContaining("has uuid " + UUID + ", and not another");
    assertThat(children.running()).isZero();
    nothingIsLent();
  }

  @Test
  void aClientThatIsNoWordIsRefusedBeforeAnythingIsStarted() {
    open(4, answering("SUCCESS\n"));

    assertThat(failure(s -> s.isPresent(KEY, new Caller("--x", Set.of(), 4))))
        .isInstanceOf(GatewayError.Invalid.class);
    assertThat(children.started()).isEmpty();
    nothingIsLent();
  }

  @Test
  void whatGoesThroughSshIsQuoted() {
    open(
        4,
        answering("SUCCESS\n"),
        Map.of("command", List.of("ssh", "h", "git-annex-shell"), "directory", "/s/it's"));

    assertThat(this.<Boolean>done(s -> s.isPresent(KEY, caller(4)))).isTrue();
    assertThat(children.commands().getFirst())
        .containsExactly(
            "ssh",
            "h",
            "git-annex-shell",
            "'p2pstdio'",
            "'/s/it'\\''s'",
            "'c-1'",
            "'--uuid'",
            "'" + UUID + "'");
  }

  @Test
  void aRepositoryThatDoesNotAnswerIsEnded() {
    open(4, (_, _) -> {}, Map.of("stall_limit", "50ms"));

    assertThat(failure(s -> s.isPresent(KEY, caller(4))))
        .isInstanceOf(GatewayError.Unavailable.class);
    assertThat(children.running()).isZero();
    nothingIsLent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"HELLO\n", "SUCCESS\nSUCCESS\n", "DATA 1\n", "PUT-FROM 1\n"})
  void garbageEndsTheConnection(String garbage) {
    open(4, answering(garbage));

    var answer = Settled.settled(Bodies.on(vertx, () -> store.isPresent(KEY, caller(4))));
    Awaitility.await().until(() -> children.running() == 0);
    assertThat(store.connections().waiting()).isZero();
    assertThat(answer.failed()).isEqualTo(!garbage.startsWith("SUCCESS"));
    nothingIsLent();
  }

  @Test
  void aLineWithoutEndEndsTheConnection() {
    open(4, answering("x".repeat(40_000)));

    assertThat(failure(s -> s.isPresent(KEY, caller(4)))).isInstanceOf(GatewayError.Failed.class);
    assertThat(children.running()).isZero();
  }

  @Test
  void aRefusalLeavesTheConnectionAsItWas() {
    open(4, answering("ERROR this repository is read-only; write access denied\n"));

    for (int i = 0; i < 2; i++)
      assertThat(failure(s -> s.remove(KEY, OptionalLong.empty(), caller(4))))
          .isInstanceOf(GatewayError.Denied.class);
    assertThat(children.started()).hasSize(1);
    nothingIsLent();
  }

  /** As git-annex-shell does it. */
  @Test
  void aRepositoryThatDiesOfALockHasRefused() {
    open(4, (child, _) -> child.ends(1, "git-annex: content is locked"));

    assertThat(this.<Removal>done(s -> s.remove(KEY, OptionalLong.empty(), caller(4))))
        .isEqualTo(Removal.REFUSED);
    nothingIsLent();
  }

  @Test
  void sinceVersionThreeTheRepositoryLooksAtItsClock() {
    open(3, answering("FAILURE-PLUS n-1\n"));

    assertThat(this.<Removal>done(s -> s.remove(KEY, OptionalLong.of(17), caller(4))))
        .isEqualTo(new Removal(false, Set.of("n-1")));
    assertThat(heard()).endsWith("REMOVE-BEFORE 17 " + KEY + "\n");
  }

  @Test
  void beforeVersionThreeOurOwnClockIsLookedAt() {
    open(2, answering("SUCCESS\n"));

    long now = done(s -> s.timestamp(caller(4)));
    assertThat(this.<Removal>done(s -> s.remove(KEY, OptionalLong.of(now - 1), caller(4))))
        .isEqualTo(Removal.REFUSED);
    assertThat(this.<Removal>done(s -> s.remove(KEY, OptionalLong.of(now + 600), caller(4))))
        .isEqualTo(Removal.DONE);
    assertThat(heard()).doesNotContain("GETTIMESTAMP", "REMOVE-BEFORE");
  }
}
