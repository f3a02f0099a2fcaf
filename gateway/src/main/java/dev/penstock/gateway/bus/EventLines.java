package dev.penstock.gateway.bus;

import dev.penstock.spi.bus.GatewayEvent;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/** Writes each event into the log, once: its kind as the message, its parts as key-values. */
public final class EventLines {
  private static final Logger LOG = LoggerFactory.getLogger("dev.penstock.events");

  private EventLines() {}

  static void write(GatewayEvent event) {
    LoggingEventBuilder line = LOG.atLevel(level(event));
    for (var part : parts(event).entrySet())
      line = line.addKeyValue(part.getKey(), part.getValue());
    line.log(message(event));
  }

  /** {@code ModuleStarted} reads "module started"; a plugin's own event reads as its type. */
  public static String message(GatewayEvent event) {
    if (event instanceof GatewayEvent.ModuleEvent own) return own.type();
    return event
        .getClass()
        .getSimpleName()
        .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
        .toLowerCase(Locale.ROOT);
  }

  /** Every part but the time, which a line of the log has already, in the order of the record. */
  static Map<String, Object> parts(GatewayEvent event) {
    Map<String, Object> parts = new LinkedHashMap<>();
    for (RecordComponent part : event.getClass().getRecordComponents()) {
      if (part.getName().equals("at")) continue;
      if (event instanceof GatewayEvent.ModuleEvent own && part.getName().equals("details"))
        parts.putAll(own.details());
      else if (!(event instanceof GatewayEvent.ModuleEvent && part.getName().equals("type")))
        parts.put(part.getName(), value(event, part));
    }
    return parts;
  }

  private static Object value(GatewayEvent event, RecordComponent part) {
    try {
      return part.getAccessor().invoke(event);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a public record hides " + part.getName(), e);
    }
  }

  /** A warning is what somebody should look at. */
  static Level level(GatewayEvent event) {
    return switch (event) {
      case GatewayEvent.ModuleFailed _,
          GatewayEvent.LoopBlocked _,
          GatewayEvent.PluginRefused _,
          GatewayEvent.LoaderRetained _,
          GatewayEvent.StoreFailed _,
          GatewayEvent.VolumeUnhealthy _,
          GatewayEvent.CertificateRefused _,
          GatewayEvent.CertificateEndsSoon _,
          GatewayEvent.TaskStalled _ ->
          Level.WARN;
      case GatewayEvent.TaskEnded ended -> ended.succeeded() ? Level.INFO : Level.WARN;
      case GatewayEvent.ModuleStarted _,
          GatewayEvent.ModuleStopped _,
          GatewayEvent.PluginLoaded _,
          GatewayEvent.PluginUnloaded _,
          GatewayEvent.StoreOpened _,
          GatewayEvent.StoreClosed _,
          GatewayEvent.VolumeCreated _,
          GatewayEvent.VolumeRemoved _,
          GatewayEvent.VolumeResized _,
          GatewayEvent.VolumeFrozen _,
          GatewayEvent.VolumeThawed _,
          GatewayEvent.VolumeRetired _,
          GatewayEvent.OwnershipChanged _,
          GatewayEvent.VolumePromoted _,
          GatewayEvent.VolumeDemoted _,
          GatewayEvent.SnapshotCreated _,
          GatewayEvent.SnapshotDestroyed _,
          GatewayEvent.VolumeCloned _,
          GatewayEvent.VolumeRolledBack _,
          GatewayEvent.TaskStarted _,
          GatewayEvent.CertificateRenewed _,
          GatewayEvent.ConfigReloaded _,
          GatewayEvent.ModuleEvent _ ->
          Level.INFO;
    };
  }
}
