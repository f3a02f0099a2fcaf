package dev.penstock.nbd;

import dev.penstock.nbd.transmit.ConnectionInfo;
import dev.penstock.nbd.transmit.Observer;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent.ModuleEvent;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.metrics.Metrics.Counter;
import dev.penstock.spi.metrics.Metrics.Timer;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
  static final String EXPORT_REMOVED = "nbd.export-removed";
  static final String EXPORT_WAITING = "nbd.export-waiting";
  static final String EXPORT_DRAINED = "nbd.export-drained";
  static final String EXPORT_RESUMED = "nbd.export-resumed";
  static final String LISTENING = "nbd.listening";

  private static final Logger log = LoggerFactory.getLogger("dev.penstock.nbd");

  private final String module;
  private final Events events;
  private final InstantSource clock;
  private final Map<Command, Counter> succeeded = new EnumMap<>(Command.class);
  private final Map<Command, Map<ErrorNumber, Counter>> failed = new EnumMap<>(Command.class);
  private final Map<Command, Timer> times = new EnumMap<>(Command.class);
  private final Map<Cut, Counter> cuts = new EnumMap<>(Cut.class);
  private final Counter refusals;
  private final Counter read;
  private final Counter written;
  private final Counter silences;

  NbdObserver(String module, Events events, InstantSource clock, Metrics metrics) {
    this.module = module;
    this.events = events;
    this.clock = clock;
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
    publish(
        CONNECTION_CUT,
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
            detail));
  }

  @Override
  public void storeSilent(ConnectionInfo connection, Command command, String detail) {
    silences.add(1);
    publish(
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

  void refused(String peer, int connectionsMax) {
    refusals.add(1);
    publish(
        CONNECTION_REFUSED, Map.of("peer", peer, "connections", Integer.toString(connectionsMax)));
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

  void export(String event, String name, String detail) {
    publish(event, Map.of("export", name, "detail", detail));
  }

  private void publish(String type, Map<String, String> details) {
    events.publish(new ModuleEvent(clock.instant(), module, type, details));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static <K extends Enum<K>, V> V of(Map<K, V> map, K key) {
    V value = map.get(key);
    if (value == null) throw new IllegalStateException("no entry for " + key);
    return value;
  }
}
