package dev.penstock.nbd;

import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.transmit.ConnectionInfo;
import dev.penstock.nbd.transmit.Observer;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent.ModuleEvent;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.metrics.Metrics.Counter;
import dev.penstock.spi.metrics.Metrics.Timer;
import dev.penstock.spi.module.Audit;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what connections do into metrics and events, which the host logs, each once. Any thread.
 */
final class NbdObserver implements Observer {
  static final String CONNECTION_CUT = "nbd.connection-cut";
  static final String CONNECTION_REFUSED = "nbd.connection-refused";
  static final String STORE_SILENT = "nbd.store-silent";
  static final String EXPORT_ADDED = "nbd.export-added";
  static final String EXPORT_BARRED = "nbd.export-barred";
  static final String EXPORT_CHANGED = "nbd.export-changed";
  static final String EXPORT_REMOVED = "nbd.export-removed";
  static final String EXPORT_WAITING = "nbd.export-waiting";
  static final String LIMITS_CHANGED = "nbd.limits-changed";
  static final String EXPORT_DRAINED = "nbd.export-drained";
  static final String EXPORT_RESUMED = "nbd.export-resumed";
  static final String LISTENING = "nbd.listening";

  private static final Logger log = LoggerFactory.getLogger("dev.penstock.nbd");

  private final String module;
  private final Events events;
  private final InstantSource clock;
  private final Audit audit;
  private final Map<Command, Counter> succeeded = new EnumMap<>(Command.class);
  private final Map<Command, Map<ErrorNumber, Counter>> failed = new EnumMap<>(Command.class);
  private final Map<Command, Timer> times = new EnumMap<>(Command.class);
  private final Map<Cut, Counter> cuts = new EnumMap<>(Cut.class);
  private final Map<Answer, Counter> answers = new EnumMap<>(Answer.class);
  private final Counter refusals;
  private final Counter read;
  private final Counter written;
  private final Counter silences;
  private final Timer throttled;

  /** Events that clients can cause as often as they like. */
  private final Map<String, EventPace> paces =
      Map.of(
          CONNECTION_CUT, new EventPace(),
          CONNECTION_REFUSED, new EventPace(),
          STORE_SILENT, new EventPace());

  /** What a client was told that chose an export. */
  private enum Answer {
    ADMITTED,
    MISSING,
    DENIED,
    NEEDS_TLS,
    ENDING
  }

  NbdObserver(String module, Events events, InstantSource clock, Metrics metrics, Audit audit) {
    this.module = module;
    this.events = events;
    this.clock = clock;
    this.audit = audit;
    for (Command command : Command.values()) {
      String word = word(command);
      succeeded.put(command, requests(metrics, word, "ok"));
      Map<ErrorNumber, Counter> errors = new EnumMap<>(ErrorNumber.class);
      for (ErrorNumber error : ErrorNumber.values()) {
        errors.put(error, requests(metrics, word, word(error)));
      }
      failed.put(command, errors);
      times.put(
          command,
          metrics.timer(
              "nbd_request_time", "From a request's arrival to its reply", "command", word));
    }
    for (Cut why : Cut.values()) {
      cuts.put(
          why,
          metrics.counter(
              "nbd_connections_cut", "Connections that were ended, by why", "why", word(why)));
    }
    for (Answer answer : Answer.values()) {
      answers.put(
          answer,
          metrics.counter(
              "nbd_admissions",
              "Clients that chose an export, by what became of it",
              "result",
              word(answer)));
    }
    throttled =
        metrics.timer("nbd_throttled_time", "Requests held back: their export was fast enough");
    refusals = metrics.counter("nbd_connections_refused", "Clients that found no place");
    read = metrics.counter("nbd_bytes", "Data moved for clients", "direction", "read");
    written = metrics.counter("nbd_bytes", "Data moved for clients", "direction", "written");
    silences =
        metrics.counter("nbd_store_silent", "Requests given up because their volume was silent");
  }

  private static Counter requests(Metrics metrics, String command, String result) {
    return metrics.counter(
        "nbd_requests", "Requests answered", "command", command, "result", result);
  }

  @Override
  public void admitted(ConnectionInfo connection, Peer peer) {
    of(answers, Answer.ADMITTED).add(1);
    audit.note("admitted", who(connection, peer, connection.export()));
  }

  @Override
  public void refused(ConnectionInfo connection, Peer peer, String askedFor, Exports.Lookup why) {
    of(answers, answer(why)).add(1);
    Map<String, String> details = who(connection, peer, askedFor);
    details.put("result", word(answer(why)));
    details.put("why", reason(why));
    audit.note("refused", details);
  }

  private static Answer answer(Exports.Lookup lookup) {
    return switch (lookup) {
      case Exports.Lookup.Found _ -> Answer.ADMITTED;
      case Exports.Lookup.Missing _ -> Answer.MISSING;
      case Exports.Lookup.Denied _ -> Answer.DENIED;
      case Exports.Lookup.NeedsTls _ -> Answer.NEEDS_TLS;
      case Exports.Lookup.Ending _ -> Answer.ENDING;
    };
  }

  private static String reason(Exports.Lookup lookup) {
    return switch (lookup) {
      case Exports.Lookup.Found _ -> "";
      case Exports.Lookup.Missing(String reason) -> reason;
      case Exports.Lookup.Denied(String reason) -> reason;
      case Exports.Lookup.NeedsTls(String reason) -> reason;
      case Exports.Lookup.Ending(String reason) -> reason;
    };
  }

  private static Map<String, String> who(ConnectionInfo connection, Peer peer, String export) {
    Map<String, String> who = new LinkedHashMap<>();
    who.put("connection", Long.toString(connection.id()));
    who.put("peer", connection.peer());
    if (peer.encrypted()) who.put("identity", peer.identity().orElse("none"));
    who.put("listener", connection.listener());
    who.put("export", export);
    return who;
  }

  @Override
  public void throttled(long nanos) {
    throttled.record(nanos);
  }

  @Override
  public void answered(Command command, Optional<ErrorNumber> error, long bytes, long nanos) {
    if (error.isPresent()) {
      of(of(failed, command), error.get()).add(1);
    } else {
      of(succeeded, command).add(1);
      if (bytes > 0 && command == Command.READ) read.add(bytes);
      if (bytes > 0 && command == Command.WRITE) written.add(bytes);
    }
    if (nanos > 0) of(times, command).record(nanos); // what was refused took no time worth showing
  }

  @Override
  public void cut(ConnectionInfo connection, Cut why, String detail) {
    of(cuts, why).add(1);
    Map<String, String> details =
        Map.of(
            "connection",
            Long.toString(connection.id()),
            "peer",
            connection.peer(),
            "export",
            connection.export(),
            "why",
            word(why),
            "detail",
            detail);
    publishSome(CONNECTION_CUT, details);
    audit.note("cut", details);
  }

  @Override
  public void storeSilent(ConnectionInfo connection, Command command, String detail) {
    silences.add(1);
    publishSome(
        STORE_SILENT,
        Map.of(
            "connection",
            Long.toString(connection.id()),
            "export",
            connection.export(),
            "command",
            word(command),
            "detail",
            detail));
  }

  @Override
  public void storeFailed(ConnectionInfo connection, Command command, String detail) {
    // The host says once that a volume is unhealthy; each request's failure is for those who look.
    log.atDebug()
        .addKeyValue("module", module)
        .addKeyValue("export", connection.export())
        .addKeyValue("command", word(command))
        .addKeyValue("detail", detail)
        .log("request failed");
  }

  void refused(String peer, String listener, int connectionsMax) {
    refusals.add(1);
    String most = Integer.toString(connectionsMax);
    publishSome(CONNECTION_REFUSED, Map.of("peer", peer, "connections", most));
    audit.note(
        "refused",
        Map.of(
            "peer",
            peer,
            "listener",
            listener,
            "result",
            "no_place",
            "why",
            "there are %s connections, as many as limits.connections allows".formatted(most)));
  }

  /**
   * A listener is bound.
   *
   * @param tryIt a command that shows a client what is served there; empty if nothing is
   */
  void listening(String address, Optional<String> tryIt) {
    publish(
        LISTENING,
        tryIt
            .map(command -> Map.of("address", address, "try", command))
            .orElseGet(() -> Map.of("address", address)));
  }

  void limits(String detail) {
    publish(LIMITS_CHANGED, Map.of("detail", detail));
  }

  void export(String event, String name, String detail) {
    publish(event, Map.of("export", name, "detail", detail));
  }

  /** At the pace of its type; the next that is told says how many were not. */
  private void publishSome(String type, Map<String, String> details) {
    OptionalLong leftOut = of(paces, type).next(clock.instant());
    if (leftOut.isEmpty()) return;
    Map<String, String> told = new LinkedHashMap<>(details);
    if (leftOut.getAsLong() > 0) told.put("left_out", Long.toString(leftOut.getAsLong()));
    publish(type, told);
  }

  private void publish(String type, Map<String, String> details) {
    events.publish(new ModuleEvent(clock.instant(), module, type, details));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static <K, V> V of(Map<K, V> map, K key) {
    V value = map.get(key);
    if (value == null) throw new IllegalStateException("no entry for " + key);
    return value;
  }
}
