package dev.penstock.p2p.annex;

import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.process.Child;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has git-annex commit its journal, where it is installed: soon after a change, and once for many.
 * Asking where an empty file is does it, since every command begins with that, and changes nothing
 * else. Where git-annex is not installed the journal stays for the next command anybody runs.
 *
 * <p><b>Threads.</b> One context.
 */
final class Committing {
  private static final Logger LOG = LoggerFactory.getLogger(Committing.class);

  /** Several changes come together: one commit is enough for them. */
  private static final Duration DELAY = Duration.ofSeconds(1);

  /** What a commit of a large change may take; then it is ended, which loses nothing. */
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private static final String EMPTY =
      "SHA256E-s0--e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  private final KeyStoreContext host;
  private final Repository repository;
  private Optional<Long> timer = Optional.empty();
  private Optional<Child> running = Optional.empty();
  private Future<Boolean> installed = Future.succeededFuture(false);
  private boolean isAsked;
  private boolean isAgain;
  private boolean isClosed;

  Committing(KeyStoreContext host, Repository repository) {
    this.host = host;
    this.repository = repository;
  }

  /** The journal has changed. */
  void soon() {
    if (isClosed || timer.isPresent()) return; // later changes do not put it off
    timer = Optional.of(host.vertx().setTimer(DELAY.toMillis(), _ -> commit()));
  }

  private void commit() {
    timer = Optional.empty();
    if (running.isPresent()) {
      isAgain = true;
      return;
    }
    installed()
        .compose(is -> is && !isClosed ? run("readpresentkey", EMPTY, repository.uuid()) : no())
        .onComplete(_ -> {
          running = Optional.empty();
          if (isAgain && !isClosed) soon();
          isAgain = false;
        });
  }

  private Future<Boolean> installed() {
    if (isAsked) return installed;
    isAsked = true;
    installed = run("version", "--raw").otherwise(false);
    installed.onSuccess(is -> {
      if (!is)
        LOG.info(
            "{}: git-annex does not run here; the location log waits in its journal for the next"
                + " command that somebody runs",
            repository.path());
    });
    return installed;
  }

  private static Future<Boolean> no() {
    return Future.succeededFuture(false);
  }

  /** Whether it exited with 0. */
  private Future<Boolean> run(String... words) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("git", "-C", repository.path().toString(), "annex"));
    command.addAll(List.of(words));
    return host.children()
        .start(command)
        .compose(child -> {
          running = Optional.of(child);
          child.stdout().handler(_ -> {});
          long limit = host.vertx().setTimer(LIMIT.toMillis(), _ -> child.kill());
          return child
              .exited()
              .map(exit -> exit.code() == 0)
              .onComplete(_ -> host.vertx().cancelTimer(limit));
        });
  }

  /** Completes when nothing runs any more. What was written is in the journal. */
  Future<Void> close() {
    isClosed = true;
    timer.ifPresent(host.vertx()::cancelTimer);
    Optional<Child> ending = running;
    ending.ifPresent(Child::kill);
    return ending.map(child -> child.exited().<Void>mapEmpty()).orElseGet(Future::succeededFuture);
  }
}
