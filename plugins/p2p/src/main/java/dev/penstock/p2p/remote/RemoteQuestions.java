package dev.penstock.p2p.remote;

import dev.penstock.p2p.flow.Permits;
import dev.penstock.p2p.remote.RemoteServer.Question;
import dev.penstock.p2p.wire.EncodedText;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.content.Removal;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * What a server is asked, in the newest version that both it and the client speak.
 *
 * <p><b>Threads.</b> Any context; answers come there.
 */
final class RemoteQuestions {
  private final RemoteClients clients;
  private final RemoteServer server;
  private final VersionLadder ladder;

  RemoteQuestions(KeyStoreContext context, RemoteClients clients) {
    this.clients = clients;
    this.server = clients.server();
    this.ladder = new VersionLadder(context.clock());
  }

  /**
   * Tries the versions from the newest on, down to the least that has such a question. Goes on
   * where a server says that it has no such path, and only there.
   *
   * @param ofKey whether a server also says so if it does not have the key
   */
  private <T> Future<T> newest(
      Caller caller, int least, boolean ofKey, IntFunction<Future<T>> question) {
    int first = ladder.first(caller.version());
    if (first < least) return Future.failedFuture(new Answers.NoSuchPath("too old for that"));
    return at(first, first, least, ofKey, question);
  }

  private <T> Future<T> at(
      int version, int first, int least, boolean ofKey, IntFunction<Future<T>> question) {
    return question
        .apply(version)
        .onSuccess(_ -> ladder.answered(version, first))
        .recover(why -> {
          if (!(why instanceof Answers.NoSuchPath)) return Future.failedFuture(why);
          boolean known = ladder.has(version);
          if ((ofKey && known) || version == least) return Future.failedFuture(why);
          if (known) ladder.forget(); // it had it, and has it no longer
          return at(version - 1, first, least, ofKey, question);
        });
  }

  /** The same, of a question that every version has. */
  private Future<JsonObject> newest(Caller caller, String path, Map<String, RawText> query) {
    return newest(caller, 0, false, version -> ask(caller, version, path, query))
        .recover(why -> Future.failedFuture(unknown(why)));
  }

  private Future<JsonObject> ask(
      Caller caller, int version, String path, Map<String, RawText> query) {
    return server.ask(new Question(caller, version, path, query));
  }

  /** In no version: then it is the repository that it does not have. */
  private Throwable unknown(Throwable why) {
    return why instanceof Answers.NoSuchPath
        ? new GatewayError.NotFound(
            "the server does not have it, or has no " + server.name() + ": " + why.getMessage())
        : why;
  }

  private static Map<String, RawText> of(Key key) {
    return Map.of("key", key.text());
  }

  private static Map<String, RawText> of(Key key, Optional<RawText> file, long offset) {
    Map<String, RawText> query = new LinkedHashMap<>();
    query.put("key", key.text());
    file.filter(name -> !name.isEmpty()).ifPresent(name -> query.put("associatedfile", name));
    query.put("offset", RawText.of(Long.toString(offset)));
    return query;
  }

  Future<Boolean> isPresent(Key key, Caller caller) {
    return newest(caller, "checkpresent", of(key))
        .map(answer -> Answers.bool(answer, "present", server.name()));
  }

  Future<Content> get(Key key, Optional<RawText> file, long offset, Caller caller) {
    Map<String, RawText> query = of(key, file, offset);
    query.remove("key");
    if (offset == 0) query.remove("offset");
    String path = "key/" + EncodedText.percent(key.text());
    return this.<HttpClientResponse>newest(
            caller, 0, true, version -> server.get(new Question(caller, version, path, query)))
        .recover(why -> Future.failedFuture(unknown(why)))
        .compose(response -> content(key, response, caller));
  }

  /** git-annex's server says of what it does not have that it has no bytes. */
  private Future<Content> content(Key key, HttpClientResponse response, Caller caller) {
    var content = RemoteContent.of(response, server);
    if (content.lengthBytes() > 0) return Future.succeededFuture(content);
    return isPresent(key, caller)
        .compose(present -> {
          if (present) return Future.<Content>succeededFuture(content);
          content.close();
          return Future.failedFuture(
              new GatewayError.NotFound("%s has no content for %s".formatted(server.name(), key)));
        })
        .onFailure(_ -> content.close());
  }

  Future<Putting> put(Key key, Optional<RawText> file, Caller caller) {
    return this.<Putting>newest(
            caller,
            1,
            false,
            version ->
                ask(caller, version, "putoffset", of(key))
                    .map(answer -> offered(answer, key, file, caller, version)))
        .recover(why ->
            why instanceof Answers.NoSuchPath
                ? withoutOffset(key, file, caller)
                : Future.failedFuture(why));
  }

  private Putting offered(
      JsonObject answer, Key key, Optional<RawText> file, Caller caller, int version) {
    if (answer.containsKey("alreadyhave")) return new Putting.There(Answers.plusUuids(answer));
    long offset = Answers.number(answer, "offset", server.name());
    return new RemoteUpload(server, offset, put(key, file, caller, version, offset));
  }

  private static Question put(
      Key key, Optional<RawText> file, Caller caller, int version, long offset) {
    return new Question(caller, version, "put", of(key, file, offset));
  }

  /** Version 0 cannot be asked for one. */
  private Future<Putting> withoutOffset(Key key, Optional<RawText> file, Caller caller) {
    return isPresent(key, new Caller(caller.client(), Set.of(), 0))
        .map(present ->
            present
                ? new Putting.There(Set.of())
                : new RemoteUpload(server, 0, put(key, file, caller, 0, 0)));
  }

  Future<Putting.Stored> cameOtherwise(Key key, Optional<RawText> file, Caller caller) {
    Map<String, RawText> query = of(key, file, 0);
    query.put("data-present", RawText.of("true"));
    return this.<Putting.Stored>newest(
            caller,
            4,
            false,
            version ->
                RemoteUpload.withoutBody(server, new Question(caller, version, "put", query)))
        .recover(why ->
            why instanceof Answers.NoSuchPath
                ? isPresent(key, caller).map(there -> new Putting.Stored(there, Set.of()))
                : Future.failedFuture(why));
  }

  Future<Removal> remove(Key key, Caller caller) {
    return newest(caller, "remove", of(key)).map(this::removal);
  }

  private Removal removal(JsonObject answer) {
    return new Removal(Answers.bool(answer, "removed", server.name()), Answers.plusUuids(answer));
  }

  Future<Removal> removeBefore(Key key, long before, Caller caller) {
    Map<String, RawText> query = new LinkedHashMap<>(of(key));
    query.put("timestamp", RawText.of(Long.toString(before)));
    return newest(caller, 3, false, version -> ask(caller, version, "remove-before", query))
        .map(this::removal)
        .recover(why ->
            why instanceof Answers.NoSuchPath
                ? removeInTime(key, before, caller)
                : Future.failedFuture(why));
  }

  /** A server that has no clock to be asked for: ours was asked instead, and is looked at. */
  private Future<Removal> removeInTime(Key key, long before, Caller caller) {
    return seconds() < before ? remove(key, caller) : Future.succeededFuture(Removal.REFUSED);
  }

  Future<Long> timestamp(Caller caller) {
    return newest(caller, 3, false, version -> ask(caller, version, "gettimestamp", Map.of()))
        .map(answer -> Answers.number(answer, "timestamp", server.name()))
        .recover(why ->
            why instanceof Answers.NoSuchPath
                ? Future.succeededFuture(seconds())
                : Future.failedFuture(why));
  }

  private static long seconds() {
    return Duration.ofNanos(System.nanoTime()).toSeconds();
  }

  Future<Optional<Hold>> lock(Key key, Caller caller) {
    Optional<Permits.Permit> permit = clients.locks().tryAcquire();
    if (permit.isEmpty()) return Future.succeededFuture(Optional.empty());
    Permits.Permit held = permit.get();
    return newest(
            caller,
            0,
            false,
            version ->
                ask(caller, version, "lockcontent", of(key))
                    .compose(answer -> held(answer, caller, version, held)))
        .recover(why -> Future.failedFuture(unknown(why)))
        .onComplete(result -> {
          if (result.failed() || result.result().isEmpty()) held.close();
        });
  }

  private Future<Optional<Hold>> held(
      JsonObject answer, Caller caller, int version, Permits.Permit permit) {
    if (!Answers.bool(answer, "locked", server.name()))
      return Future.succeededFuture(Optional.empty());
    RawText id = EncodedText.read(Answers.text(answer, "lockid", server.name()));
    var question = new Question(caller, version, "keeplocked", Map.of("lockid", id));
    return RemoteHold.on(clients.lockServer(), question, permit::close).map(Optional::of);
  }
}
