package dev.penstock.p2p.serve;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.Removal;
import io.vertx.core.Future;
import java.util.OptionalLong;

/** The endpoints that are a question and an answer, without a body in either direction. */
final class Asking {
  private Asking() {}

  static void checkPresent(Exchange exchange) {
    Key key = exchange.key();
    exchange
        .served()
        .store()
        .isPresent(key, exchange.caller())
        .onComplete(present -> exchange.json(Json.present(present)), exchange::fail);
  }

  static void remove(Exchange exchange) {
    remove(exchange, OptionalLong.empty());
  }

  static void removeBefore(Exchange exchange) {
    OptionalLong timestamp = exchange.query().number("timestamp");
    if (timestamp.isEmpty()) throw new GatewayError.Invalid("the parameter timestamp is missing");
    remove(exchange, timestamp);
  }

  private static void remove(Exchange exchange, OptionalLong before) {
    Key key = exchange.key();
    Caller caller = exchange.caller();
    Future<Removal> removal = exchange.served().store().remove(key, before, caller);
    removal.onComplete(
        done -> {
          if (done.removed()) exchange.site().observer().removed(exchange, key);
          exchange.json(Json.removed(done.removed(), exchange.version(), done.also()));
        },
        exchange::fail);
  }

  static void timestamp(Exchange exchange) {
    exchange
        .served()
        .store()
        .timestamp(exchange.caller())
        .onComplete(seconds -> exchange.json(Json.timestamp(seconds)), exchange::fail);
  }

  /** Offers the content, to see from where it is wanted, and does not begin. */
  static void putOffset(Exchange exchange) {
    Key key = exchange.key();
    Caller caller = exchange.caller();
    exchange
        .served()
        .store()
        .put(key, exchange.file(), caller)
        .onComplete(
            putting -> {
              switch (putting) {
                case Putting.There(var also) ->
                    exchange.json(Json.alreadyHave(exchange.version(), also));
                case Putting.Upload upload -> {
                  long offset = upload.offset();
                  LentContent.quietly(upload);
                  exchange.json(Json.offset(offset));
                }
              }
            },
            exchange::fail);
  }
}
