package dev.penstock.p2p.serve;

import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent.ModuleEvent;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.metrics.Metrics.Counter;
import dev.penstock.spi.module.Audit;
import dev.penstock.spi.module.ModuleContext;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;

/** Tells what clients do: events for people and modules, and the audit log. Any thread. */
public final class Observer {
  public static final String STORED = "p2p.stored";
  public static final String REMOVED = "p2p.removed";
  public static final String BODY_STALLED = "p2p.body-stalled";
  public static final String LISTENING = "p2p.listening";
  public static final String REPOSITORY_OPENED = "p2p.repository-opened";
  public static final String REPOSITORY_FAILED = "p2p.repository-failed";

  private final String module;
  private final Events events;
  private final InstantSource clock;
  private final Metrics metrics;
  private final Audit audit;
  private final Counter stalled;
  private final Counter refused;
  private final Counter lost;

  public Observer(ModuleContext context) {
    this.module = context.module();
    this.events = context.events();
    this.clock = context.clock();
    this.metrics = context.metrics();
    this.audit = context.audit();
    stalled = metrics.counter("p2p_bodies_stalled", "Bodies that did not move and were ended");
    refused = metrics.counter("p2p_connections_refused", "Connections that found no place");
    lost = metrics.counter("p2p_requests_lost", "Requests whose client left before the answer");
  }

  public Meters meters(String repository) {
    return new Meters(metrics, repository);
  }

  void stored(Exchange exchange, Key key, long bytes) {
    note("put", exchange, key, Map.of("bytes", Long.toString(bytes)));
    tell(STORED, Map.of("repository", exchange.served().name(), "key", key.toString()));
  }

  void removed(Exchange exchange, Key key) {
    note("remove", exchange, key, Map.of());
    tell(REMOVED, Map.of("repository", exchange.served().name(), "key", key.toString()));
  }

  private void note(String action, Exchange exchange, Key key, Map<String, String> more) {
    Map<String, String> details = new TreeMap<>(more);
    details.put("repository", exchange.served().name());
    details.put("key", key.toString());
    details.put("user", exchange.by());
    details.put("address", exchange.address());
    audit.note(action, details);
  }

  void refused(Exchange exchange, int status) {
    audit.note(
        "refused",
        Map.of(
            "repository", exchange.served().name(),
            "operation", exchange.endpoint().word(),
            "status", Integer.toString(status),
            "user", exchange.by(),
            "address", exchange.address()));
  }

  void bodyStalled(Exchange exchange) {
    stalled.add(1);
    tell(
        BODY_STALLED,
        Map.of(
            "repository", exchange.served().name(),
            "operation", exchange.endpoint().word(),
            "address", exchange.address()));
  }

  void connectionRefused() {
    refused.add(1);
  }

  void lost() {
    lost.add(1);
  }

  public void tell(String type, Map<String, String> details) {
    events.publish(new ModuleEvent(clock.instant(), module, type, details));
  }
}
