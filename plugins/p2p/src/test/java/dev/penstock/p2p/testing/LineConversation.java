package dev.penstock.p2p.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.RawText;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The repository's side of the line protocol, over a store: what git-annex-shell is to a repository
 * on a disk. One request after the other, in the order of what is said. Written against the
 * specification, §9, and not against what speaks to it.
 *
 * <p><b>Threads.</b> One context.
 */
final class LineConversation {
  private final KeyStore store;
  private final Consumer<Buffer> says;
  private final Caller caller;
  private Buffer held = Buffer.buffer();
  private long dataBytesLeft;
  private boolean isBusy;

  /** Who gets the next line. */
  private Function<String, Future<Void>> next = this::request;

  private Optional<Content> sending = Optional.empty();
  private Optional<Putting.Upload> receiving = Optional.empty();
  private Optional<Hold> hold = Optional.empty();

  LineConversation(KeyStore store, String client, Consumer<Buffer> says) {
    this.store = store;
    this.says = says;
    this.caller = new Caller(client, Set.of(), Caller.NEWEST);
  }

  void heard(Buffer bytes) {
    held.appendBuffer(bytes);
    goOn();
  }

  /** As when the program ends: what has come is kept, and what is locked is so no longer. */
  void end() {
    receiving.ifPresent(Putting.Upload::close);
    sending.ifPresent(Content::close);
    hold.ifPresent(Hold::release);
  }

  private void goOn() {
    if (isBusy) return;
    Optional<Future<Void>> work = dataBytesLeft > 0 ? data() : line();
    if (work.isEmpty()) return;
    isBusy = true;
    work.get()
        .onComplete(done -> {
          isBusy = false;
          if (done.failed()) say("ERROR " + done.cause().getMessage());
          goOn();
        });
  }

  private Optional<Future<Void>> data() {
    if (held.length() == 0) return Optional.empty();
    int count = (int) Math.min(dataBytesLeft, held.length());
    dataBytesLeft -= count;
    return Optional.of(receiving.orElseThrow().write(taken(count)));
  }

  private Optional<Future<Void>> line() {
    for (int i = 0; i < held.length(); i++)
      if (held.getByte(i) == '\n') {
        String line = taken(i + 1).toString(ISO_8859_1);
        Function<String, Future<Void>> to = next;
        next = this::request;
        return Optional.of(to.apply(line.substring(0, i)));
      }
    return Optional.empty();
  }

  private Buffer taken(int count) {
    Buffer first = held.getBuffer(0, count);
    held = held.getBuffer(count, held.length());
    return first;
  }

  private void say(String line) {
    says.accept(Buffer.buffer(line + "\n"));
  }

  private static Key key(String text) {
    return Key.parse(RawText.of(text.getBytes(ISO_8859_1)));
  }

  private Future<Void> request(String line) {
    String[] word = line.split(" ", 2);
    String rest = word.length < 2 ? "" : word[1];
    return switch (word[0]) {
      case "VERSION" -> said("VERSION " + Math.min(Caller.NEWEST, Integer.parseInt(rest)));
      case "BYPASS" -> Future.succeededFuture();
      case "CHECKPRESENT" -> store.isPresent(key(rest), caller).compose(this::yesOrNo);
      case "LOCKCONTENT" -> lock(key(rest));
      case "UNLOCKCONTENT" -> unlock();
      case "REMOVE" -> remove(key(rest), OptionalLong.empty());
      case "REMOVE-BEFORE" -> {
        String[] words = rest.split(" ", 2);
        yield remove(key(words[1]), OptionalLong.of(Long.parseLong(words[0])));
      }
      case "GETTIMESTAMP" -> store.timestamp(caller).compose(now -> said("TIMESTAMP " + now));
      case "GET" -> {
        String[] words = rest.split(" ", 3);
        yield get(Long.parseLong(words[0]), key(words[2]));
      }
      case "PUT" -> put(key(rest.split(" ", 2)[1]));
      default -> said("ERROR unknown command");
    };
  }

  private Future<Void> said(String line) {
    say(line);
    return Future.succeededFuture();
  }

  private Future<Void> yesOrNo(boolean yes) {
    return said(yes ? "SUCCESS" : "FAILURE");
  }

  private Future<Void> lock(Key key) {
    return store
        .lock(key, caller)
        .compose(locked -> {
          hold = locked;
          return yesOrNo(locked.isPresent());
        });
  }

  private Future<Void> unlock() {
    Future<Void> released = hold.map(Hold::release).orElseGet(Future::succeededFuture);
    hold = Optional.empty();
    return released;
  }

  private Future<Void> remove(Key key, OptionalLong before) {
    return store.remove(key, before, caller).compose(outcome -> yesOrNo(outcome.removed()));
  }

  private Future<Void> get(long offset, Key key) {
    next = _ -> Future.succeededFuture(); // the other side's word on it
    return store
        .get(key, Optional.empty(), offset, caller)
        .compose(this::send)
        .recover(why ->
            why instanceof GatewayError.NotFound
                ? said("DATA 0\nINVALID")
                : Future.failedFuture(why));
  }

  private Future<Void> send(Content content) {
    sending = Optional.of(content);
    say("DATA " + content.lengthBytes());
    return Bodies.read(content)
        .compose(read -> {
          sending = Optional.empty();
          says.accept(read.bytes());
          return said(read.valid() ? "VALID" : "INVALID");
        });
  }

  private Future<Void> put(Key key) {
    return store
        .put(key, Optional.empty(), caller)
        .compose(putting -> {
          if (!(putting instanceof Putting.Upload upload)) return said("ALREADY-HAVE");
          receiving = Optional.of(upload);
          next = line -> begin(upload, key, line);
          return said("PUT-FROM " + upload.offset());
        });
  }

  private Future<Void> begin(Putting.Upload upload, Key key, String line) {
    if (line.equals("DATA-PRESENT")) {
      leave(upload);
      return store
          .cameOtherwise(key, Optional.empty(), caller)
          .compose(answer -> yesOrNo(answer.stored()));
    }
    long bytes = Long.parseLong(line.substring("DATA ".length()));
    next = verdict -> end(upload, bytes, verdict.equals("VALID"));
    dataBytesLeft = bytes;
    return upload.begin(bytes);
  }

  /** No byte that is not valid is how a connection is brought back to where it can be asked. */
  private Future<Void> end(Putting.Upload upload, long bytes, boolean valid) {
    if (bytes == 0 && !valid) {
      leave(upload);
      return said("FAILURE");
    }
    receiving = Optional.empty();
    return upload.complete(valid).compose(stored -> yesOrNo(stored.stored()));
  }

  private void leave(Putting.Upload upload) {
    receiving = Optional.empty();
    upload.close();
  }
}
