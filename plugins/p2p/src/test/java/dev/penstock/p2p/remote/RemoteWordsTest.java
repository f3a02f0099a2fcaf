package dev.penstock.p2p.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteWordsTest {
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "annex+http://h, http://h:9417",
    "annex+http://h/, http://h:9417",
    "annex+http://h/git-annex/, http://h:9417",
    "annex+https://h:443/x/, https://h:443/x",
    "annex+http://h/x/git-annex, http://h:9417/x/git-annex",
    "http://h/x, http://h:80/x",
    "https://h, https://h:443",
    "annex+http://[::1]:9417/, http://::1:9417",
  })
  void aUrlIsTakenAsGitAnnexTakesIt(String url, String meant) {
    assertThat(RemoteUrl.parse(url).orElseThrow()).hasToString(meant);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "h",
        "ftp://h",
        "annex+http:///x",
        "http://u:p@h",
        "http://h/?x",
        "http://h h"
      })
  void whatIsNoUrlIsNone(String url) {
    assertThat(RemoteUrl.parse(url)).isEmpty();
  }

  /** What git-annex sends itself: the specification, §1 row 11. */
  @Test
  void credentialsHaveTheAlphabetOfUrls() {
    assertThat(Authorization.basic("a", "???>>>")).isEqualTo("Basic YTo_Pz8-Pj4=");
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() {
    var problems = new Problems();
    RemoteSettings.read(
        TestSettings.block(
            "r",
            Map.of(
                "url",
                "ftp://x",
                "user",
                "u",
                "connections",
                "0",
                "stall_limit",
                "0",
                "conections",
                "1")),
        problems);

    assertThat(problems.inOrder()).hasSize(6);
  }

  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource({
    "400, no such key, Invalid",
    "400, bad version, NoSuchPath",
    "401, '', Denied",
    "403, '', Denied",
    "404, '', NoSuchPath",
    "500, oops, Failed",
    "502, '', Unavailable",
    "503, '', Unavailable",
    "507, '', NoSpace",
    "302, '', Failed",
  })
  void aStatusIsWhatItMeans(int status, String body, String type) {
    assertThat(Answers.refusal(status, Buffer.buffer(body), "s").getClass().getSimpleName())
        .isEqualTo(type);
  }

  @Test
  void whatAServerAnsweredInIsRememberedForAWhile() {
    var clock = new FakeClock();
    var ladder = new VersionLadder(clock);
    assertThat(ladder.first(4)).isEqualTo(4);
    ladder.answered(2, 4);
    assertThat(ladder.first(4)).isEqualTo(2);
    assertThat(ladder.first(1)).isEqualTo(1);
    assertThat(ladder.has(2)).isTrue();
    assertThat(ladder.has(1)).isFalse();

    clock.advance(Duration.ofMinutes(11));

    assertThat(ladder.first(4)).isEqualTo(4);
    assertThat(ladder.has(2)).isFalse();
  }

  @Test
  void anAnswerForAnOldClientSaysNothingOfNewerVersions() {
    var ladder = new VersionLadder(new FakeClock());
    ladder.answered(1, 1);

    assertThat(ladder.first(4)).isEqualTo(4);
  }

  @Test
  void aPasswordThatIsNotThereIsSaid() {
    Path nowhere = Path.of("/nonexistent/password");

    assertThatThrownBy(() -> Authorization.password(nowhere))
        .isInstanceOf(GatewayError.Invalid.class);
  }
}
