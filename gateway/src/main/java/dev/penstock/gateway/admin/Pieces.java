package dev.penstock.gateway.admin;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.Iterator;
import java.util.Optional;
import java.util.OptionalLong;

/** A body, asked for piece by piece as the caller reads it. */
interface Pieces {
  /**
   * Small enough that a slow reader who takes a few hundred bytes a second still counts as moving.
   */
  int PIECE_BYTES = 8 << 10;

  /** The next piece; empty when there is no more. One call at a time. */
  Future<Optional<Buffer>> next();

  /** If it is known beforehand. */
  OptionalLong lengthBytes();

  static Pieces of(Buffer whole) {
    return new Pieces() {
      private int at;

      @Override
      public Future<Optional<Buffer>> next() {
        if (at == whole.length()) return Future.succeededFuture(Optional.empty());
        int end = Math.min(whole.length(), at + PIECE_BYTES);
        Buffer piece = whole.slice(at, end);
        at = end;
        return Future.succeededFuture(Optional.of(piece));
      }

      @Override
      public OptionalLong lengthBytes() {
        return OptionalLong.of(whole.length());
      }
    };
  }

  /** {@code {"name": [ … ]}}, an item at a time, asked for on the context that owns the items. */
  static Pieces ofItems(String name, Iterator<JsonObject> items, Context context) {
    return new Pieces() {
      private boolean begun;
      private boolean ended;

      @Override
      public Future<Optional<Buffer>> next() {
        Promise<Optional<Buffer>> piece = Promise.promise();
        context.runOnContext(_ -> {
          try {
            piece.complete(ended ? Optional.empty() : Optional.of(gather()));
          } catch (Throwable t) {
            piece.fail(t);
          }
        });
        return piece.future();
      }

      private Buffer gather() {
        Buffer gathered = Buffer.buffer(PIECE_BYTES);
        if (!begun) gathered.appendString("{" + Json.encode(name) + ":[");
        boolean firstItem = !begun;
        begun = true;
        while (items.hasNext() && gathered.length() < PIECE_BYTES) {
          if (!firstItem) gathered.appendString(",\n");
          firstItem = false;
          gathered.appendBuffer(items.next().toBuffer());
        }
        ended = !items.hasNext();
        if (ended) gathered.appendString("]}");
        return gathered;
      }

      @Override
      public OptionalLong lengthBytes() {
        return OptionalLong.empty();
      }
    };
  }
}
