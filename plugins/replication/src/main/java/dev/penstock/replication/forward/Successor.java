package dev.penstock.replication.forward;

import dev.penstock.replication.config.ForwardSettings;
import dev.penstock.replication.config.ForwardSettings.Newcomers;
import dev.penstock.replication.flow.HttpLine;
import dev.penstock.replication.flow.HttpLine.Answer;
import dev.penstock.replication.forward.ForwardLine.Effect;
import dev.penstock.replication.peer.Api;
import dev.penstock.replication.peer.ErrorJson;
import dev.penstock.replication.peer.PeerLink;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.ownership.Ownership.Gone;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Where a volume is that was handed over, and what is known of it by what has been answered.
 *
 * <p><b>Lifecycle.</b> {@link #close} cuts the lines of all clients. <b>Threads.</b> Any.
 */
final class Successor {
  private final String volume;
  private final Gone gone;
  private final PeerLink link;
  private final ForwardSettings settings;
  private final InstantSource clock;
  private final Instant until;
  private final Unflushed unflushed = new Unflushed();
  private final Set<ForwardLine> lines = ConcurrentHashMap.newKeySet();
  private final AtomicReference<Optional<ForwardLine>> spare =
      new AtomicReference<>(Optional.empty());
  private volatile String heard = "";
  private volatile boolean closed;

  /**
   * @param volume as it is called here
   * @param until when clients are led on no longer
   */
  Successor(
      String volume,
      Gone gone,
      PeerLink link,
      ForwardSettings settings,
      InstantSource clock,
      Instant until) {
    this.volume = volume;
    this.gone = gone;
    this.link = link;
    this.settings = settings;
    this.clock = clock;
    this.until = until;
  }

  String volume() {
    return volume;
  }

  ForwardSettings settings() {
    return settings;
  }

  Unflushed unflushed() {
    return unflushed;
  }

  /** For one more client. */
  ForwardLine line() {
    Optional<ForwardLine> kept = spare.getAndSet(Optional.empty());
    if (kept.isPresent()) return kept.get();
    var line = new ForwardLine(this);
    lines.add(line);
    if (closed) line.close();
    return line;
  }

  /** It is connected, and nobody's: the next client, who waits already, need not connect. */
  void spare(ForwardLine line) {
    spare.getAndSet(Optional.of(line)).ifPresent(this::end);
  }

  void end(ForwardLine line) {
    lines.remove(line);
    line.close();
  }

  boolean isClosed() {
    return closed;
  }

  void close() {
    closed = true;
    lines.forEach(ForwardLine::close);
  }

  // Whether anybody is led on.

  void requireLed() {
    over()
        .ifPresent(why -> {
          throw new GatewayError.Conflict(why);
        });
  }

  Optional<String> declines() {
    return settings.newcomers() == Newcomers.REFUSE
        ? Optional.of("volume %s was handed over to %s: connect there".formatted(volume, gone.to()))
        : over();
  }

  private Optional<String> over() {
    return clock.instant().isBefore(until)
        ? Optional.empty()
        : Optional.of(
            "volume %s was handed over to %s, and clients were led on there until %s: connect there"
                .formatted(volume, gone.to(), until));
  }

  // How one asks there.

  Future<HttpLine> connect() {
    return link.connect(ForwardApi.ANSWER_BYTES_MAX);
  }

  String path(String what) {
    return ForwardApi.path(volume, what);
  }

  Map<String, String> headers(boolean changes) {
    Map<String, String> headers = new HashMap<>();
    headers.put("host", gone.to().peer());
    headers.put(ForwardApi.EPOCH_HEADER, gone.since().toString());
    if (changes) headers.put(ForwardApi.HEARD_HEADER, heard);
    return headers;
  }

  /** Whatever was answered, a refusal too. */
  void heard(Answer answer, Effect effect) {
    String now = answer.headers().get(ForwardApi.NOW_HEADER);
    if (now == null) return;
    heard = now;
    String process = Pulse.process(now);
    unflushed.heard(process);
    if (effect == Effect.CHANGE && answer.status() / 100 == 2) unflushed.changed(process);
  }

  // What goes wrong.

  GatewayError refusal(Answer answer, boolean change) {
    try {
      return ErrorJson.read(new JsonObject(answer.body()));
    } catch (RuntimeException noGateway) {
      String what =
          "it answered %d, and what it said is no answer of a gateway".formatted(answer.status());
      return change ? unknown(what) : away(what);
    }
  }

  /** It was certainly not done. */
  GatewayError.Unavailable away(String why) {
    return new GatewayError.Unavailable(
        Scope.CONNECTION,
        Api.ASK_AGAIN,
        "volume %s is %s, which cannot be reached: %s%s"
            .formatted(
                volume, gone.to(), why, link.trouble().map(told -> " (" + told + ")").orElse("")));
  }

  /** Handoff rule 15: it is never replayed, for it could be done later, over something newer. */
  GatewayError unknown(String why) {
    return new GatewayError.Failed(
        Scope.REQUEST,
        "volume %s is %s, and nobody knows whether a change was carried out there: %s"
            .formatted(volume, gone.to(), why));
  }
}
