package dev.penstock.p2p.annex;

import dev.penstock.p2p.flow.Home;
import dev.penstock.p2p.flow.Permits;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.content.RawText;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the repository wants content, as git-annex says by the repository's preferred content.
 * What cannot be found out is wanted: where git-annex is not installed, if it does not answer in
 * time, if it wants to know of the file what a client does not say.
 *
 * <p>What is kept is the expression, and for as long as the settings on the branch are the same;
 * what git-annex makes of it is asked for each key, since it depends on who has it.
 *
 * <p><b>Threads.</b> {@link #wants} and {@link #close} any; the rest is on a context of its own.
 */
final class PreferredContent {
  private static final Logger LOG = LoggerFactory.getLogger(PreferredContent.class);

  /** Each is a program that is busy for a tenth of a second. */
  private static final int AT_ONCE = 4;

  /** As many as are answered within the time that they wait. */
  private static final int WAITING_MAX = 400;

  private static final Duration WAIT_LIMIT = Duration.ofSeconds(10);

  /** For each of three programs. */
  private static final Duration LIMIT = Duration.ofSeconds(4);

  private static final String BRANCH = "refs/heads/git-annex";
  private static final String PREFERRED = "preferred-content.log";

  /** How {@code matchexpression} says no. It says it as well if it fails, and then why. */
  private static final int NO_MATCH = 1;

  /** How Java turns what a program is given into bytes. */
  private static final Charset WORDS =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"), StandardCharsets.UTF_8);

  private final Vertx vertx;
  private final Path path;
  private final String uuid;
  private final Home home;
  private final Permits permits;
  private final ShortPrograms programs;
  private Optional<Known> known = Optional.empty();
  private String told = "";

  /**
   * @param settings which ones it was made of
   * @param expression empty if everything is wanted
   */
  private record Known(String settings, Future<Optional<String>> expression) {}

  PreferredContent(KeyStoreContext host, Path path, String uuid) {
    this(host, path, uuid, LIMIT);
  }

  /**
   * @param limit for each program
   */
  PreferredContent(KeyStoreContext host, Path path, String uuid, Duration limit) {
    this.vertx = host.vertx();
    this.path = path;
    this.uuid = uuid;
    this.home = new Home(host.vertx().getOrCreateContext());
    this.permits =
        new Permits(
            host.vertx(),
            "questions for what repository %s wants".formatted(host.repository()),
            AT_ONCE,
            WAITING_MAX,
            WAIT_LIMIT);
    this.programs = new ShortPrograms(host, limit);
  }

  /** Does not fail. */
  Future<Boolean> wants(Key key, Optional<RawText> file) {
    return Home.here(vertx)
        .answer(
            home.call(() ->
                    permits
                        .acquire(1)
                        .compose(permit -> asked(key, file).onComplete(_ -> permit.close())))
                .otherwise(true));
  }

  private Future<Boolean> asked(Key key, Optional<RawText> file) {
    return settings()
        .compose(settings ->
            settings.contains("\t" + PREFERRED)
                ? expression(settings)
                : Future.succeededFuture(Optional.<String>empty()))
        .compose(expression ->
            expression
                .map(wanted -> matches(wanted, key, file))
                .orElseGet(() -> Future.succeededFuture(true)));
  }

  /** Which versions the branch has of all that an expression is made of; of one file, or none. */
  private Future<String> settings() {
    return programs
        .ask(git("ls-tree", BRANCH, PREFERRED, "group.log", "group-preferred-content.log"))
        .map(ShortPrograms.Said::output);
  }

  private Future<Optional<String>> expression(String settings) {
    Optional<Known> now = known.filter(one -> one.settings().equals(settings));
    if (now.isPresent()) return now.get().expression();
    Known reading = new Known(settings, read());
    known = Optional.of(reading);
    return reading
        .expression()
        .onFailure(_ -> known = known.filter(one -> !one.equals(reading))); // and is asked again
  }

  /** An editor that only shows what it was given leaves all settings as they are. */
  private Future<Optional<String>> read() {
    List<String> command = new ArrayList<>(List.of("env", "EDITOR=cat"));
    command.addAll(git("annex", "vicfg"));
    return programs
        .ask(command)
        .compose(said -> {
          if (said.code() == 0)
            return Future.succeededFuture(PreferredExpression.of(said.output(), uuid));
          cannotSay(said);
          return Future.failedFuture(said.errors());
        });
  }

  private Future<Boolean> matches(String expression, Key key, Optional<RawText> file) {
    Optional<String> keyWord = word(key.text());
    Optional<String> fileWord = file.flatMap(PreferredContent::word);
    if (keyWord.isEmpty() || fileWord.isPresent() != file.isPresent())
      return Future.succeededFuture(true);
    List<String> command = git("annex", "matchexpression", expression, "--key=" + keyWord.get());
    fileWord.ifPresent(name -> command.add("--file=" + name));
    key.contentBytes().ifPresent(bytes -> command.add("--size=" + bytes));
    return programs.ask(command).map(this::isYes);
  }

  private boolean isYes(ShortPrograms.Said said) {
    if (said.code() == 0) return true;
    if (said.code() == NO_MATCH && said.errors().isEmpty()) return false;
    cannotSay(said);
    return true;
  }

  /** Told once for each reason. */
  private void cannotSay(ShortPrograms.Said said) {
    if (said.errors().equals(told)) return;
    told = said.errors();
    LOG.info("{}: git-annex does not say what is wanted there, so everything is: {}", path, told);
  }

  private List<String> git(String... words) {
    List<String> command = new ArrayList<>(List.of("git", "-C", path.toString()));
    command.addAll(List.of(words));
    return command;
  }

  /** Empty if a program cannot be given these bytes by Java in this locale. */
  private static Optional<String> word(RawText text) {
    String word = new String(text.bytes(), WORDS);
    return Arrays.equals(word.getBytes(WORDS), text.bytes()) && word.indexOf('\0') < 0
        ? Optional.of(word)
        : Optional.empty();
  }

  /** Completes when nothing runs any more. */
  Future<Void> close() {
    return programs.close();
  }
}
