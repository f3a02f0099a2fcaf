package dev.penstock.p2p.annex;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.AnnexRepository;
import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.testing.ProcessChildren;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.testing.Trixie;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The real git-annex is asked what a repository wants, and wants the same when it decides itself.
 */
@Tag("peer")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class PreferredContentPeerTest {
  private static final String FILE = "archive/a b.jpg";

  private final Vertx vertx = Vertx.vertx();

  @SuppressWarnings("NullAway.Init") // before each test
  private AnnexRepository repository;

  @SuppressWarnings("NullAway.Init") // before each test
  private ProcessChildren children;

  @BeforeEach
  void make() {
    repository = AnnexRepository.create();
    children =
        new ProcessChildren(vertx, Trixie.command(AnnexRepository.env(List.of("env")).toArray()));
  }

  @AfterEach
  void close() {
    children.close();
    repository.close();
    Settled.done(vertx.close());
  }

  private String annex(String script) {
    String all = "cd %s && %s".formatted(repository.inside(), script);
    return Peer.run(Trixie.command(AnnexRepository.env(List.of("sh", "-ec", all)).toArray())).out();
  }

  private boolean wants(Key key) {
    var host =
        FakeKeyStoreContext.of(
            "remote", TestSettings.block("repositories.a", Map.of()), vertx, children);
    var content = new PreferredContent(host, Path.of(repository.inside()), repository.uuid());
    return Settled.done(Bodies.on(vertx, () -> content.wants(key, Optional.of(RawText.of(FILE)))));
  }

  /** In the tree, and not here: then git-annex says whether it would get it. */
  private Key absent() {
    return Key.parse(
        annex(
                """
                mkdir archive && echo content > '%1$s' && git annex add -q '%1$s' >&2 &&
                git commit -qm add >&2 && git annex lookupkey '%1$s' &&
                git annex drop -q --force '%1$s' >&2
                """
                    .formatted(FILE))
            .strip());
  }

  @ParameterizedTest(name = "in [{0}], {1}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          mine           | include=*.jpg                       | true
          mine           | include=archive/*                   | true
          mine           | exclude=*.jpg or largerthan=1kb     | false
          mine           | smallerthan=1kb and not copies=1    | true
          mine           | present                             | false
          mine           | standard                            | false
          archive        | standard                            | true
          client         | standard                            | true
          source         | standard                            | true
          manual         | standard or exclude=*               | false
          unwanted       | standard                            | false
          mine           | groupwanted                         | false
          mine archive   | groupwanted or nothing              | true
          mine unwanted  | not groupwanted                     | true
          """)
  void whatIsWantedIsWhatGitAnnexWouldGet(String groups, String wanted, boolean wants) {
    Key key = absent();
    for (String group : groups.split(" ", -1)) annex("git annex group -q . " + group);
    annex("git annex groupwanted -q mine 'standard'");
    annex("git annex wanted -q . '%s'".formatted(wanted));

    boolean itself = !annex("git annex find --want-get --anything").isBlank();

    assertThat(itself).as("what git-annex would do").isEqualTo(wants);
    assertThat(wants(key)).isEqualTo(wants);
  }

  @Test
  void whatChangesIsSeenAndAskingChangesNothing() {
    Key key = absent();
    assertThat(wants(key)).as("without a preference").isTrue();
    annex("git annex wanted -q . nothing");
    String before = annex("git rev-parse git-annex && git status --porcelain");

    assertThat(wants(key)).isFalse();

    assertThat(annex("git rev-parse git-annex && git status --porcelain")).isEqualTo(before);
  }
}
