package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.process.Child;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.ScriptedChild;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs that answer what a test says: git, and git-annex. */
final class PreferredContentTest {
  private static final Key KEY = Key.parse("WORM-s6-m1--six");
  private static final Optional<RawText> FILE = Optional.of(RawText.of("a b.jpg"));
  private static final String VERSION = "100644 blob 1f\tpreferred-content.log\n";
  private static final String WANTED = "wanted %s = include=*.jpg%n".formatted(AnnexFixture.UUID);

  private final Vertx vertx = Vertx.vertx();
  private final List<ScriptedChild> started = new CopyOnWriteArrayList<>();
  private final List<List<String>> commands = new CopyOnWriteArrayList<>();
  private volatile String version = VERSION;
  private volatile Said settings = new Said(0, WANTED, "");
  private volatile Optional<Said> match = Optional.of(new Said(1, "", ""));
  private PreferredContent content = content(Duration.ofMinutes(1));

  private record Said(int code, String output, String errors) {}

  private PreferredContent content(Duration limit) {
    var host =
        FakeKeyStoreContext.of(
            "remote", TestSettings.block("repositories.a", Map.of()), vertx, this::start);
    return new PreferredContent(host, Path.of("/srv/a"), AnnexFixture.UUID, limit);
  }

  @AfterEach
  void close() {
    Settled.done(content.close());
    assertThat(started).allMatch(child -> child.exited().isComplete());
    Settled.done(vertx.close());
  }

  private Future<Child> start(List<String> command) {
    var child = new ScriptedChild(vertx.getOrCreateContext(), (_, _) -> {});
    commands.add(command);
    started.add(child);
    Optional<Said> said =
        command.contains("ls-tree")
            ? Optional.of(new Said(0, version, ""))
            : command.contains("vicfg") ? Optional.of(settings) : match;
    said.ifPresent(answer -> {
      child.says(answer.output());
      child.ends(answer.code(), answer.errors());
    });
    return Future.succeededFuture(child);
  }

  private Future<Boolean> asked(Optional<RawText> file) {
    return Bodies.on(vertx, () -> content.wants(KEY, file));
  }

  private boolean wants() {
    return Settled.done(asked(FILE));
  }

  private long started(String word) {
    return commands.stream().filter(command -> command.contains(word)).count();
  }

  @ParameterizedTest(name = "ended with {0}, and said \"{1}\": {2}")
  @CsvSource({"0,'',true", "1,'',false", "1,git: annex is no command,true", "42,'',true"})
  void isWantedUnlessGitAnnexSaysThatItIsNot(int code, String errors, boolean wanted) {
    match = Optional.of(new Said(code, "", errors));

    assertThat(wants()).isEqualTo(wanted);
    assertThat(commands.getLast())
        .containsExactly(
            "git",
            "-C",
            "/srv/a",
            "annex",
            "matchexpression",
            "include=*.jpg",
            "--key=WORM-s6-m1--six",
            "--file=a b.jpg",
            "--size=6");
  }

  @Test
  void gitAnnexIsNotStartedWhereNothingIsPreferred() {
    version = VERSION.replace("preferred", "group-preferred");

    assertThat(wants()).isTrue();
    assertThat(started("annex")).isZero();
  }

  @Test
  void theExpressionIsReadAnewOnlyOnceTheSettingsHaveChanged() {
    assertThat(List.of(wants(), wants())).containsOnly(false);
    assertThat(started("vicfg")).isEqualTo(1);

    version = VERSION.replace("1f", "2e");
    settings = new Said(0, "", "");

    assertThat(List.of(wants(), wants())).containsOnly(true);
    assertThat(started("vicfg")).isEqualTo(2);
    assertThat(started("matchexpression")).isEqualTo(2);
  }

  @Test
  void anExpressionThatCouldNotBeReadIsReadAgain() {
    settings = new Said(1, "", "git: 'annex' is not a git command");
    assertThat(wants()).isTrue();

    settings = new Said(0, WANTED, "");
    assertThat(wants()).isFalse();
  }

  @Test
  void aFileThatNobodyTellsOfIsNotAskedAbout() {
    Settled.done(asked(Optional.empty()));

    assertThat(commands.getLast()).noneMatch(word -> word.startsWith("--file"));
  }

  @Test
  void aNameThatNoProgramCanBeGivenIsWanted() {
    for (byte[] name : List.of(new byte[] {'a', 0}, "\u00ff.jpg".getBytes(ISO_8859_1)))
      assertThat(Settled.done(asked(Optional.of(RawText.of(name))))).isTrue();
    assertThat(started("matchexpression")).isZero();
  }

  @Test
  void fewRunAtOnceAndTheOthersWait() {
    match = Optional.empty(); // and so does git-annex
    List<Future<Boolean>> asked = new ArrayList<>();
    for (int i = 0; i < 10; i++) asked.add(asked(FILE));
    Awaitility.await().until(() -> started("matchexpression") == 4);
    assertThat(asked).noneMatch(Future::isComplete);

    for (int i = 0; i < 10; i++) {
      int next = i;
      Awaitility.await().until(() -> matching().size() > next);
      matching().get(next).ends(1, "");
    }

    for (Future<Boolean> one : asked) assertThat(Settled.done(one)).isFalse();
  }

  private List<ScriptedChild> matching() {
    List<ScriptedChild> matching = new ArrayList<>();
    for (int i = 0; i < started.size(); i++)
      if (commands.get(i).contains("matchexpression")) matching.add(started.get(i));
    return matching;
  }

  @Test
  void whatIsNotAnsweredInTimeIsWantedAndTheProgramEnded() {
    content = content(Duration.ofMillis(200));
    match = Optional.empty();
    Future<Boolean> asked = asked(FILE);
    Awaitility.await().until(() -> started("matchexpression") == 1);

    assertThat(Settled.done(asked)).isTrue();
    assertThat(started.getLast().isKilled()).isTrue();
  }

  @Test
  void closingEndsWhatRuns() {
    match = Optional.empty();
    Future<Boolean> asked = asked(FILE);
    Awaitility.await().until(() -> started("matchexpression") == 1);

    Settled.done(content.close());

    assertThat(started.getLast().isKilled()).isTrue();
    assertThat(Settled.done(asked)).isTrue();
  }
}
