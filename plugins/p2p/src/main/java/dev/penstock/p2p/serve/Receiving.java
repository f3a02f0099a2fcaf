package dev.penstock.p2p.serve;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.Putting.Stored;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Put: what comes of the offer is asked before the first byte of the body is looked at. §5. */
final class Receiving {
  /** An upload takes seconds to hours. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(10);

  private final Exchange exchange;
  private final Key key;
  private final Caller caller;
  private final long offset;
  private final long announcedBytes;

  private Receiving(Exchange exchange) {
    this.exchange = exchange;
    this.key = exchange.key();
    this.caller = exchange.caller();
    this.offset = exchange.query().number("offset").orElse(0);
    String length = exchange.request().getHeader(Sending.DATA_LENGTH);
    if (length == null)
      throw new GatewayError.Invalid("the header %s is missing".formatted(Sending.DATA_LENGTH));
    this.announcedBytes = Digits.read(Sending.DATA_LENGTH, length);
    if (offset > Long.MAX_VALUE - announcedBytes)
      throw new GatewayError.Invalid("offset and length are more than 2^63 - 1 together");
  }

  static void begin(Exchange exchange) {
    exchange.request().pause();
    var receiving = new Receiving(exchange);
    // Data that comes by another way is known since version 4.
    boolean otherwise = exchange.version() >= 4 && exchange.query().isTrue("data-present");
    if (otherwise) receiving.cameOtherwise();
    else receiving.offer();
  }

  private void cameOtherwise() {
    exchange
        .served()
        .store()
        .cameOtherwise(key, exchange.file(), caller)
        .onComplete(this::answer, exchange::fail);
  }

  private void offer() {
    AtomicInteger uploads = exchange.site().uploads();
    int most = exchange.site().limits().get().uploads();
    if (uploads.incrementAndGet() > most) {
      uploads.decrementAndGet();
      throw new GatewayError.Unavailable(
          Scope.MODULE, ASK_AGAIN, "%d uploads are under way, as many as may be".formatted(most));
    }
    Future<Putting> offered;
    try {
      offered = exchange.served().store().put(key, exchange.file(), caller);
    } catch (RuntimeException e) {
      uploads.decrementAndGet();
      throw e;
    }
    offered.onComplete(
        putting -> exchange.guarded(() -> taken(putting)),
        why -> {
          uploads.decrementAndGet();
          exchange.fail(why);
        });
  }

  private void taken(Putting putting) {
    switch (putting) {
      case Putting.There(var also) -> drain(new Stored(true, also));
      case Putting.Upload upload -> taken(upload);
    }
  }

  private void taken(Putting.Upload upload) {
    long skippedBytes = upload.offset() - offset;
    if (exchange.isGone()) {
      LentContent.quietly(upload);
      exchange.site().uploads().decrementAndGet();
    } else if (skippedBytes < 0 || skippedBytes > announcedBytes) {
      // What lies between is not here: nothing can be made of these bytes.
      LentContent.quietly(upload);
      drain(Stored.NOT);
    } else {
      new Inflow(exchange, Optional.of(upload), skippedBytes, announcedBytes, this::ended).begin();
    }
  }

  /** The client reads the answer when it has sent everything. */
  private void drain(Stored then) {
    new Inflow(
            exchange,
            Optional.empty(),
            announcedBytes,
            announcedBytes,
            body -> {
              exchange.site().uploads().decrementAndGet();
              if (body.isPresent()) answer(then);
            })
        .begin();
  }

  /**
   * @param stored empty if there is nobody to answer, or the answer was given
   */
  private void ended(Optional<Stored> stored) {
    exchange.site().uploads().decrementAndGet();
    if (stored.isEmpty()) return;
    if (stored.get().stored()) exchange.site().observer().stored(exchange, key, announcedBytes);
    answer(stored.get());
  }

  private void answer(Stored stored) {
    exchange.json(Json.stored(stored.stored(), exchange.version(), stored.also()));
  }
}
