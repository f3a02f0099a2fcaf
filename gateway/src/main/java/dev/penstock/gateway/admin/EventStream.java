package dev.penstock.gateway.admin;

import dev.penstock.gateway.config.AdminLimits;
import dev.penstock.spi.bus.Events;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Server-sent events. A subscriber is a place in the log of events and nothing more: whoever reads
 * slowly falls behind in the log, and is told by a {@code gap} event when the log has moved on.
 *
 * <p>An id is {@code <run>-<number>}: a client that comes back after a restart of the gateway is
 * told so, by a gap too, and gets all that there is.
 *
 * <p>For one event loop.
 */
final class EventStream {
  private static final int BATCH = 64;
  private static final int RETRY_MILLIS = 2_000;

  private final Vertx vertx;
  private final EventSource source;
  private final AdminLimits limits;
  private final String run;
  private final Set<Subscriber> subscribers = new HashSet<>();
  private final List<Events.Subscription> ears = new ArrayList<>();

  /**
   * @param run tells this run of the gateway from others
   */
  EventStream(Vertx vertx, EventSource source, AdminLimits limits, String run) {
    this.vertx = vertx;
    this.source = source;
    this.limits = limits;
    this.run = run;
  }

  int subscribers() {
    return subscribers.size();
  }

  /** Streams until the caller goes away. */
  void subscribe(HttpServerRequest request) {
    if (subscribers.size() >= limits.subscribersMax())
      throw Refusal.busy(
          "%d subscribers read the events already; admin.limits.subscribers says how many may"
              .formatted(subscribers.size()),
          5);
    // Events are told on a loop of modules: a module may block that one, and this class is for
    // ours.
    Context here = vertx.getOrCreateContext();
    if (ears.isEmpty()) ears.add(source.onNew(() -> here.runOnContext(_ -> wakeAll())));
    var subscriber = new Subscriber(request);
    subscribers.add(subscriber);
    subscriber.begin(Optional.ofNullable(request.getHeader("Last-Event-ID")));
  }

  /** Ends all streams. */
  void close() {
    ears.forEach(Events.Subscription::close);
    ears.clear();
    Set.copyOf(subscribers).forEach(Subscriber::end);
  }

  private void wakeAll() {
    for (Subscriber subscriber : Set.copyOf(subscribers)) subscriber.pump();
  }

  /** One reader and his place. */
  private final class Subscriber {
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final long heart;
    private long place;
    private long flushedNanos = System.nanoTime();
    private int unflushed;

    Subscriber(HttpServerRequest request) {
      this.request = request;
      this.response = request.response();
      this.heart = vertx.setPeriodic(limits.heartbeat().toMillis(), _ -> beat());
    }

    void begin(Optional<String> lastEventId) {
      response
          .setChunked(true)
          .setWriteQueueMaxSize(ReplyWriter.QUEUE_BYTES_MAX)
          .putHeader("Content-Type", "text/event-stream")
          .putHeader("Cache-Control", "no-store")
          .putHeader("X-Content-Type-Options", "nosniff")
          .closeHandler(_ -> gone());
      write("retry: " + RETRY_MILLIS + "\n\n");
      place = lastEventId.map(this::placeAfter).orElseGet(source::latest);
      pump();
    }

    /** Where to go on; an id of another run, or of nobody, gets a gap and everything there is. */
    private long placeAfter(String id) {
      int dash = id.lastIndexOf('-');
      boolean ours =
          dash > 0
              && id.substring(0, dash).equals(run)
              && id.substring(dash + 1).matches("\\d{1,18}");
      long number = ours ? Long.parseLong(id.substring(dash + 1)) : -1;
      if (number >= 0 && number <= source.latest()) return number;
      write(gap(new JsonObject().put("reason", "the gateway was started again since then")));
      List<EventSource.Numbered> oldest = source.after(0, 1);
      return oldest.isEmpty() ? 0 : oldest.getFirst().number() - 1;
    }

    /** Sends what there is, as far as the caller reads. */
    void pump() {
      while (!response.closed() && !response.writeQueueFull()) {
        List<EventSource.Numbered> batch = source.after(place, BATCH);
        if (batch.isEmpty()) return;
        long missed = batch.getFirst().number() - place - 1;
        if (missed > 0)
          write(
              gap(
                  new JsonObject()
                      .put("reason", "this reader was too slow, or away for too long")
                      .put("missed", missed)));
        batch.forEach(one -> write(text(one)));
        place = batch.getLast().number();
      }
      if (!response.closed()) response.drainHandler(_ -> vertx.runOnContext(_ -> pump()));
    }

    private String text(EventSource.Numbered one) {
      return "id: %s-%d\nevent: %s\ndata: %s\n\n"
          .formatted(run, one.number(), EventJson.type(one.event()), EventJson.of(one.event()));
    }

    private String gap(JsonObject data) {
      return "event: gap\ndata: " + data.put("type", "gap") + "\n\n";
    }

    private void write(String text) {
      if (unflushed++ == 0) flushedNanos = System.nanoTime();
      response
          .write(text)
          .onComplete(_ -> {
            unflushed--;
            flushedNanos = System.nanoTime();
          });
    }

    private void beat() {
      long quietNanos = System.nanoTime() - flushedNanos;
      if (unflushed > 0 && quietNanos > limits.slowReaderLimit().toNanos())
        request.connection().close();
      else if (!response.writeQueueFull()) write(": still here\n\n");
    }

    private void gone() {
      vertx.cancelTimer(heart);
      subscribers.remove(this);
    }

    private void end() {
      gone();
      if (!response.closed()) response.end();
    }
  }
}
