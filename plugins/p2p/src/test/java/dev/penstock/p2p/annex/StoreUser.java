package dev.penstock.p2p.annex;

import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.testing.Settled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

/** Asks a store from a test's thread, on one context. */
final class StoreUser {
  private static final Caller CALLER = new Caller("", Set.of(), Caller.NEWEST);

  private final KeyStore store;
  private final Context context;

  StoreUser(KeyStore store, Vertx vertx) {
    this.store = store;
    this.context = vertx.getOrCreateContext();
  }

  <T> Future<T> asked(Supplier<Future<T>> call) {
    Promise<T> answer = Promise.promise();
    context.runOnContext(_ -> {
      try {
        call.get().onComplete(answer);
      } catch (RuntimeException e) {
        answer.fail(e);
      }
    });
    return answer.future();
  }

  <T> T on(Supplier<Future<T>> call) {
    return Settled.done(asked(call));
  }

  Future<Boolean> putting(Key key, byte[] content) {
    return asked(() ->
        store
            .put(key, Optional.empty(), CALLER)
            .compose(putting ->
                switch (putting) {
                  case Putting.There _ -> Future.succeededFuture(true);
                  case Putting.Upload upload -> send(upload, content);
                }));
  }

  private static Future<Boolean> send(Putting.Upload upload, byte[] content) {
    byte[] rest = Arrays.copyOfRange(content, (int) upload.offset(), content.length);
    return upload
        .begin(rest.length)
        .compose(_ -> upload.write(Buffer.buffer(rest)))
        .compose(_ -> upload.complete(true))
        .map(Putting.Stored::stored)
        .onFailure(_ -> upload.close());
  }

  boolean put(Key key, byte[] content) {
    return Settled.done(putting(key, content));
  }

  boolean isPresent(Key key) {
    return on(() -> store.isPresent(key, CALLER));
  }

  byte[] get(Key key) {
    return on(() -> store.get(key, Optional.empty(), 0, CALLER).compose(StoreUser::all));
  }

  private static Future<byte[]> all(Content content) {
    Promise<byte[]> all = Promise.promise();
    Buffer come = Buffer.buffer();
    content
        .bytes()
        .exceptionHandler(all::tryFail)
        .endHandler(_ -> all.tryComplete(come.getBytes()))
        .handler(come::appendBuffer);
    return all.future().onComplete(_ -> content.close());
  }

  Future<Removal> removing(Key key) {
    return asked(() -> store.remove(key, OptionalLong.empty(), CALLER));
  }

  Removal remove(Key key) {
    return Settled.done(removing(key));
  }

  Optional<Hold> lock(Key key) {
    return Settled.done(locking(key));
  }

  Future<Optional<Hold>> locking(Key key) {
    return asked(() -> store.lock(key, CALLER));
  }

  /** Sends a beginning and gives it up; whether it came so far. */
  boolean partly(Key key, byte[] beginning) {
    return Settled.settled(
            asked(() ->
                store
                    .put(key, Optional.empty(), CALLER)
                    .compose(putting -> begun(putting, beginning))))
        .succeeded();
  }

  private static Future<Void> begun(Putting putting, byte[] beginning) {
    return switch (putting) {
      case Putting.There _ -> Future.failedFuture("it is there");
      case Putting.Upload upload ->
          upload
              .begin(beginning.length + 1L)
              .compose(_ -> upload.write(Buffer.buffer(beginning)))
              .onComplete(_ -> upload.close());
    };
  }
}
