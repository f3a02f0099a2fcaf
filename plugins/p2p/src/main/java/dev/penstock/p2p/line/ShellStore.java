package dev.penstock.p2p.line;

import dev.penstock.p2p.flow.Home;
import dev.penstock.p2p.flow.Permits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.ConnectionPool;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.content.Removal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.pf4j.Extension;

/**
 * A repository behind a program's input and output: {@code git-annex-shell}, here or through {@code
 * ssh}. What is asked is asked in the words that the version has which both sides speak.
 */
@Extension
public final class ShellStore implements KeyStore {
  private volatile Optional<Opened> opened = Optional.empty();

  private record Opened(KeyStoreContext context, ShellSettings settings, Shells shells) {}

  @Override
  public String kind() {
    return "shell";
  }

  @Override
  public String summary() {
    return "a repository behind git-annex-shell, here or through ssh";
  }

  @Override
  public void validate(Block settings, Problems problems) {
    ShellSettings.read(settings, problems);
  }

  @Override
  public Future<Void> open(KeyStoreContext context) {
    ShellSettings settings = ShellSettings.read(context.settings(), new Problems());
    opened = Optional.of(new Opened(context, settings, new Shells(context, settings)));
    return Future.succeededFuture();
  }

  private Opened opened() {
    return opened.orElseThrow(() -> new IllegalStateException("the repository is not open"));
  }

  private Shells shells() {
    return opened().shells();
  }

  private Vertx vertx() {
    return opened().context().vertx();
  }

  @Override
  public String uuid() {
    return opened().settings().uuid();
  }

  @Override
  public Future<Boolean> isPresent(Key key, Caller caller) {
    return shells().ask(caller, connection -> connection.yesOrNo(Messages.checkPresent(key)));
  }

  @Override
  public Future<Content> get(Key key, Optional<RawText> file, long offset, Caller caller) {
    Home reader = Home.here(vertx());
    return shells()
        .use(
            caller,
            lent ->
                lent.connection()
                    .get(key, file, offset)
                    .map(found ->
                        new ShellContent(reader, lent, found.orElseThrow(() -> absent(key)))));
  }

  private GatewayError absent(Key key) {
    return new GatewayError.NotFound(
        "%s has no content for %s".formatted(Shells.name(opened().context()), key));
  }

  @Override
  public Future<Putting> put(Key key, Optional<RawText> file, Caller caller) {
    Home sender = Home.here(vertx());
    return shells()
        .use(
            caller,
            lent ->
                lent.connection()
                    .put(
                        key,
                        file,
                        have -> there(lent, have),
                        wanted -> new ShellUpload(sender, lent, wanted)));
  }

  private static Putting there(Lent lent, Answer.AlreadyHave have) {
    lent.giveBack();
    return new Putting.There(have.also());
  }

  @Override
  public Future<Putting.Stored> cameOtherwise(Key key, Optional<RawText> file, Caller caller) {
    return shells()
        .ask(
            caller,
            connection ->
                connection.version() < 4
                    ? connection
                        .yesOrNo(Messages.checkPresent(key))
                        .map(there -> new Putting.Stored(there, Set.of()))
                    : connection
                        .<Future<Putting.Stored>>put(
                            key,
                            file,
                            have -> Future.succeededFuture(new Putting.Stored(true, have.also())),
                            LineUpload::cameOtherwise)
                        .compose(stored -> stored));
  }

  @Override
  public Future<Removal> remove(Key key, OptionalLong before, Caller caller) {
    return shells()
        .ask(
            caller,
            connection -> {
              boolean asksBefore = before.isPresent() && connection.version() >= 3;
              if (!asksBefore && before.isPresent() && seconds() >= before.getAsLong())
                return Future.succeededFuture(Removal.REFUSED);
              Buffer question =
                  asksBefore
                      ? Messages.removeBefore(before.getAsLong(), key)
                      : Messages.remove(key);
              return removal(connection, question);
            });
  }

  private static Future<Removal> removal(LineConnection connection, Buffer question) {
    return connection
        .ask(question)
        .compose(answer ->
            switch (answer) {
              case Answer.Success(var also) -> Future.succeededFuture(new Removal(true, also));
              case Answer.Failure(var also) -> Future.succeededFuture(new Removal(false, also));
              default -> connection.<Removal>outOfStep(answer);
            })
        .recover(why ->
            why instanceof GatewayError.Conflict
                ? Future.succeededFuture(Removal.REFUSED)
                : Future.failedFuture(why));
  }

  @Override
  public Future<Long> timestamp(Caller caller) {
    return shells()
        .ask(
            caller,
            connection ->
                connection.version() < 3
                    ? Future.succeededFuture(seconds())
                    : connection
                        .ask(Messages.GETTIMESTAMP)
                        .compose(answer ->
                            answer instanceof Answer.Timestamp(long seconds)
                                ? Future.succeededFuture(seconds)
                                : connection.outOfStep(answer)));
  }

  /** For repositories that have no clock to be asked for: that of the machine since its start. */
  private static long seconds() {
    return Duration.ofNanos(System.nanoTime()).toSeconds();
  }

  @Override
  public Future<Optional<Hold>> lock(Key key, Caller caller) {
    Shells shells = shells();
    Optional<Permits.Permit> permit = shells.locks().tryAcquire();
    if (permit.isEmpty()) return Future.succeededFuture(Optional.empty());
    Permits.Permit held = permit.get();
    Home asking = Home.here(vertx());
    return shells
        .use(caller, lent -> ShellHold.on(lent, key, asking, held::close))
        .onComplete(result -> {
          if (result.failed() || result.result().isEmpty()) held.close();
        });
  }

  @Override
  public Optional<ConnectionPool> pool() {
    return opened.map(now -> now.shells().pool());
  }

  @Override
  public Future<Void> close() {
    opened.ifPresent(was -> was.shells().close());
    opened = Optional.empty();
    return Future.succeededFuture();
  }

  /** What is open, for tests: nothing may be left in use. */
  Shells connections() {
    return shells();
  }
}
