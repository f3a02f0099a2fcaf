package dev.penstock.gateway.bus;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.Addresses;
import dev.penstock.spi.bus.CommandDone;
import dev.penstock.spi.bus.Commands;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayCommand;
import dev.penstock.spi.bus.GatewayEvent;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events and commands on Vert.x's event bus, within this process and without a copy.
 *
 * <p><b>Lifecycle.</b> One for each {@link Vertx}; ends with it. <b>Threads.</b> Any; nothing
 * blocks.
 */
public final class LocalBus implements Events, Commands {
  private static final Logger LOG = LoggerFactory.getLogger(LocalBus.class);
  private static final DeliveryOptions LOCALLY = new DeliveryOptions().setLocalOnly(true);

  /** When to ask again if nobody answered: a gateway that starts or stops takes some seconds. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(5);

  /** What comes back for a command: a bus of Vert.x would make a text of an error. */
  private sealed interface Answer {
    record Done(CommandDone done) implements Answer {}

    record Refused(GatewayError error) implements Answer {}
  }

  private final Vertx vertx;
  private final EventLog log;

  public LocalBus(Vertx vertx, EventLog log) {
    this.vertx = vertx;
    this.log = log;
    vertx
        .eventBus()
        .registerCodec(new ByReference())
        .codecSelector(body -> isOurs(body) ? ByReference.NAME : null);
  }

  private static boolean isOurs(Object body) {
    return body instanceof GatewayEvent || body instanceof GatewayCommand || body instanceof Answer;
  }

  @Override
  public void publish(GatewayEvent event) {
    log.append(event);
    EventLines.write(event);
    vertx.eventBus().publish(Addresses.EVENTS, event, LOCALLY);
  }

  @Override
  public Subscription subscribe(Consumer<GatewayEvent> subscriber) {
    MessageConsumer<GatewayEvent> consumer = vertx.eventBus().localConsumer(Addresses.EVENTS);
    consumer.handler(message -> tell(subscriber, message.body()));
    return consumer::unregister;
  }

  private static void tell(Consumer<GatewayEvent> subscriber, GatewayEvent event) {
    try {
      subscriber.accept(event);
    } catch (RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("event", event)
          .setCause(e)
          .log("a subscriber failed; the others were told");
    }
  }

  @Override
  public Future<CommandDone> send(GatewayCommand command, Duration limit) {
    var options =
        new DeliveryOptions().setLocalOnly(true).setSendTimeout(Math.max(1, limit.toMillis()));
    return vertx
        .eventBus()
        .<Answer>request(Addresses.COMMANDS, command, options)
        .recover(failure -> Future.failedFuture(unanswered(command, failure)))
        .compose(reply ->
            switch (reply.body()) {
              case Answer.Done(var done) -> Future.succeededFuture(done);
              case Answer.Refused(var error) -> Future.failedFuture(error);
            });
  }

  private static GatewayError unanswered(GatewayCommand command, Throwable failure) {
    String why =
        failure instanceof ReplyException reply
            ? switch (reply.failureType()) {
              case NO_HANDLERS -> "the gateway does not take commands now";
              case TIMEOUT -> "no answer within the limit; it may still be carried out";
              case RECIPIENT_FAILURE, ERROR -> reply.toString();
            }
            : failure.toString();
    return new GatewayError.Unavailable(
        GatewayError.Scope.REQUEST, ASK_AGAIN, "%s: %s".formatted(command, why));
  }

  /**
   * Says who carries out commands, one for the whole gateway. Comes on a context of the bus and
   * must not block.
   */
  public void answerCommands(Function<GatewayCommand, Future<CommandDone>> carryOut) {
    vertx
        .eventBus()
        .<GatewayCommand>localConsumer(Addresses.COMMANDS)
        .handler(message -> answer(message, carryOut));
  }

  private static void answer(
      Message<GatewayCommand> message, Function<GatewayCommand, Future<CommandDone>> carryOut) {
    attempt(message.body(), carryOut)
        .<Answer>map(Answer.Done::new)
        .otherwise(failure -> new Answer.Refused(asError(failure)))
        .onSuccess(answer -> message.reply(answer, LOCALLY));
  }

  private static Future<CommandDone> attempt(
      GatewayCommand command, Function<GatewayCommand, Future<CommandDone>> carryOut) {
    try {
      return carryOut.apply(command);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private static GatewayError asError(Throwable failure) {
    return failure instanceof GatewayError error
        ? error
        : new GatewayError.Failed(GatewayError.Scope.REQUEST, failure.toString(), failure);
  }
}
