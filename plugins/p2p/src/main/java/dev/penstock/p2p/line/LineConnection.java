package dev.penstock.p2p.line;

import dev.penstock.p2p.flow.Deadline;
import dev.penstock.p2p.flow.Home;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.process.Child;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A conversation with one repository, a request at a time.
 *
 * <p><b>Lifecycle.</b>
 *
 * <pre>
 *   open ─► IDLE ─► ASKING ─► IDLE                 an answer in one line
 *                     ├─► RECEIVING ─► IDLE        data comes; left in its middle: CLOSED
 *                     ├─► SENDING ─► IDLE          data goes; left in its middle: CLOSED
 *                     └─► HOLDING ─► IDLE          content is locked
 * </pre>
 *
 * Only in IDLE can it be asked. {@link #close} at any time, and whatever is out of step, end it,
 * and the program with it. <b>Threads.</b> Its {@link #home}. <b>Errors.</b> What the repository
 * refuses with an {@code ERROR} leaves it as it was.
 */
final class LineConnection {
  /** What it is busy with. */
  private enum State {
    /** Nothing is under way. */
    IDLE,
    /** A line was sent whose answer has not come. */
    ASKING,
    /** Data was announced, and neither has all of it come nor the word on it. */
    RECEIVING,
    /** Data is wanted, and neither has all of it gone nor the word on it come. */
    SENDING,
    /** Content is locked. */
    HOLDING
  }

  private final LineChannel channel;
  private final LineLimits limits;
  private int version;
  private State state = State.ASKING;

  /** One at most, which goes when the lock does: a connection lives through many locks. */
  private Optional<Runnable> lockLost = Optional.empty();

  /**
   * What a connection is to be.
   *
   * @param uuid which repository has to be there
   * @param version the most that is offered to it
   * @param bypass gateways that it is not to go through
   */
  record Terms(String uuid, int version, Set<String> bypass) {}

  private LineConnection(LineChannel channel, LineLimits limits) {
    this.channel = channel;
    this.limits = limits;
    channel.over().onSuccess(_ -> lockLost.ifPresent(Runnable::run));
  }

  /**
   * Greets the repository behind a child that was started here. The child is killed if nothing
   * comes of it.
   *
   * @param repository what messages call it
   */
  static Future<LineConnection> open(
      Vertx vertx, Child child, String repository, Terms terms, LineLimits limits) {
    var channel = new LineChannel(vertx, Home.here(vertx), child, repository, limits.stall());
    var connection = new LineConnection(channel, limits);
    Future<LineConnection> greeted =
        connection
            .answer(limits.opening())
            .compose(answer -> connection.isAllowed(answer, terms))
            .compose(_ -> connection.negotiate(terms))
            .map(_ -> {
              connection.nowIdle();
              return connection;
            });
    return Deadline.within(vertx, limits.opening(), greeted, () -> tooSlow(repository), _ -> {})
        .onFailure(why -> channel.close(known(why)));
  }

  private static GatewayError tooSlow(String repository) {
    return new GatewayError.Unavailable(
        Scope.RESOURCE, Duration.ofSeconds(5), repository + " does not answer in time");
  }

  private static GatewayError known(Throwable why) {
    return why instanceof GatewayError error
        ? error
        : new GatewayError.Failed(Scope.CONNECTION, String.valueOf(why), why);
  }

  private Future<Void> isAllowed(Answer answer, Terms terms) {
    return switch (answer) {
      case Answer.AuthSuccess(String uuid) when uuid.equals(terms.uuid()) ->
          Future.succeededFuture();
      case Answer.AuthSuccess(String uuid) ->
          Future.failedFuture(
              new GatewayError.Failed(
                  Scope.RESOURCE,
                  "%s has uuid %s, and not %s as configured"
                      .formatted(repository(), uuid, terms.uuid())));
      case Answer.AuthFailure _ ->
          Future.failedFuture(
              new GatewayError.Denied(repository() + " does not let this gateway in"));
      case Answer.Refused(String text) -> Future.failedFuture(Refusal.of(text, repository()));
      default -> Future.failedFuture(Answer.outOfStep(String.valueOf(answer)));
    };
  }

  private Future<Void> negotiate(Terms terms) {
    if (terms.version() == 0) return Future.succeededFuture();
    return said(Messages.version(terms.version()), limits.opening())
        .compose(answer -> {
          version =
              switch (answer) {
                case Answer.Version(int number) when number <= terms.version() -> number;
                case Answer.Refused _ -> 0; // it knows no other
                default -> throw Answer.outOfStep(String.valueOf(answer));
              };
          return version >= 2 && !terms.bypass().isEmpty()
              ? channel.send(Messages.bypass(terms.bypass()))
              : Future.succeededFuture();
        });
  }

  /** What both sides speak. */
  int version() {
    return version;
  }

  Home home() {
    return channel.home();
  }

  String repository() {
    return channel.repository();
  }

  LineChannel channel() {
    return channel;
  }

  LineLimits limits() {
    return limits;
  }

  /** Whether it can be asked. Any thread may ask at its home only. */
  boolean isIdle() {
    return state == State.IDLE && !channel.isOver();
  }

  boolean isClosed() {
    return channel.isOver();
  }

  /** Completes with the reason when it has ended. */
  Future<GatewayError> over() {
    return channel.over();
  }

  void close() {
    channel.close(
        new GatewayError.Unavailable(
            Scope.CONNECTION, Duration.ZERO, "the connection to " + repository() + " was closed"));
  }

  /** A question with an answer of one line. */
  Future<Answer> ask(Buffer question) {
    return begin(question)
        .map(answer -> {
          nowIdle();
          return answer;
        });
  }

  /** Fails for an {@code ERROR}, after which it is idle again. */
  private Future<Answer> begin(Buffer question) {
    if (isClosed()) return Future.failedFuture(channel.over().result());
    if (state != State.IDLE)
      throw new IllegalStateException("asked while it is " + state + ": " + repository());
    enter(State.ASKING);
    return said(question, limits.stall()).compose(this::accepted);
  }

  private Future<Answer> accepted(Answer answer) {
    if (!(answer instanceof Answer.Refused(String text))) return Future.succeededFuture(answer);
    nowIdle();
    return Future.failedFuture(Refusal.of(text, repository()));
  }

  private Future<Answer> said(Buffer question, Duration limit) {
    Future<Answer> answer = answer(limit);
    return channel.send(question).compose(_ -> answer);
  }

  /** The next line; one that is no answer ends the connection. */
  Future<Answer> answer(Duration limit) {
    return channel.line(limit).compose(line -> sound(() -> Answer.parse(line)));
  }

  private <T> Future<T> sound(Supplier<T> made) {
    try {
      return Future.succeededFuture(made.get());
    } catch (GatewayError broken) {
      return broken(broken);
    }
  }

  private <T> Future<T> broken(GatewayError why) {
    channel.close(why);
    return Future.failedFuture(why);
  }

  <T> Future<T> outOfStep(Answer answer) {
    return broken(Answer.outOfStep(String.valueOf(answer)));
  }

  private void enter(State next) {
    state = next;
    channel.idle(next == State.IDLE);
  }

  void nowIdle() {
    lockLost = Optional.empty();
    enter(State.IDLE);
  }

  /** What the two answers to most questions mean. */
  Future<Boolean> yesOrNo(Buffer question) {
    return ask(question)
        .compose(answer ->
            switch (answer) {
              case Answer.Success _ -> Future.succeededFuture(true);
              case Answer.Failure _ -> Future.succeededFuture(false);
              default -> outOfStep(answer);
            });
  }

  /** Content from an offset on; empty if it is not there. */
  Future<Optional<LineDownload>> get(Key key, Optional<RawText> file, long offset) {
    return begin(Messages.get(offset, file, key))
        .compose(answer -> {
          if (!(answer instanceof Answer.Data(long bytes))) return outOfStep(answer);
          enter(State.RECEIVING);
          channel.hold();
          var download = new LineDownload(this, bytes);
          return bytes > 0
              ? Future.succeededFuture(Optional.of(download))
              : download.nothingComes(key);
        });
  }

  /** Offers content; what is answered may be that it is there. */
  <T> Future<T> put(
      Key key,
      Optional<RawText> file,
      Function<Answer.AlreadyHave, T> there,
      Function<LineUpload, T> wanted) {
    return begin(Messages.put(file, key))
        .compose(answer ->
            switch (answer) {
              case Answer.AlreadyHave have -> {
                nowIdle();
                yield Future.succeededFuture(there.apply(have));
              }
              case Answer.PutFrom(long offset) -> {
                enter(State.SENDING);
                yield Future.succeededFuture(wanted.apply(new LineUpload(this, offset)));
              }
              default -> outOfStep(answer);
            });
  }

  /**
   * Whether it is locked now.
   *
   * @param lost runs if the connection ends before {@link #unlock}
   */
  Future<Boolean> lock(Key key, Runnable lost) {
    return begin(Messages.lockContent(key))
        .compose(answer ->
            switch (answer) {
              case Answer.Success _ -> {
                enter(State.HOLDING);
                lockLost = Optional.of(lost);
                yield Future.succeededFuture(true);
              }
              case Answer.Failure _ -> {
                nowIdle();
                yield Future.succeededFuture(false);
              }
              default -> outOfStep(answer);
            });
  }

  /** Lets go of what is locked; to that there is no answer. */
  Future<Void> unlock() {
    return channel.send(Messages.UNLOCKCONTENT).onSuccess(_ -> nowIdle());
  }
}
