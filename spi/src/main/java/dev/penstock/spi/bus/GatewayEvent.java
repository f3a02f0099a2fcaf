package dev.penstock.spi.bus;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Ownership;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Something that happened. Immutable, so it crosses the bus uncopied. Published on {@link
 * Addresses#EVENTS}, shown by {@code GET /v1/events}, and logged.
 *
 * @since SPI 1.0
 */
public sealed interface GatewayEvent {
  Instant at();

  /** What it happened to: a module, plugin, store, volume or task, by name. */
  String subject();

  /** A module serves. */
  record ModuleStarted(Instant at, String subject) implements GatewayEvent {}

  /** A module has stopped, because it was asked to. */
  record ModuleStopped(Instant at, String subject) implements GatewayEvent {}

  /** A module could not start, or could not go on. */
  record ModuleFailed(Instant at, String subject, GatewayError.Scope scope, String reason)
      implements GatewayEvent {}

  /** An event loop of a module did not answer the host's probe for this long. */
  record LoopBlocked(Instant at, String subject, Duration blocked) implements GatewayEvent {}

  record PluginLoaded(Instant at, String subject, String version) implements GatewayEvent {}

  record PluginUnloaded(Instant at, String subject, String version) implements GatewayEvent {}

  /** An archive was not loaded, or a loaded plugin had to be given up. */
  record PluginRefused(Instant at, String subject, String reason) implements GatewayEvent {}

  /**
   * The plugin was unloaded, and something still holds its classes: each reload will cost memory.
   */
  record LoaderRetained(Instant at, String subject, String version) implements GatewayEvent {}

  record StoreOpened(Instant at, String subject) implements GatewayEvent {}

  record StoreClosed(Instant at, String subject) implements GatewayEvent {}

  record StoreFailed(Instant at, String subject, String reason) implements GatewayEvent {}

  record VolumeCreated(Instant at, String subject, UUID guid, String store, long sizeBytes)
      implements GatewayEvent {}

  record VolumeRemoved(Instant at, String subject, UUID guid, String store)
      implements GatewayEvent {}

  record VolumeResized(Instant at, String subject, UUID guid, long sizeBytes)
      implements GatewayEvent {}

  /**
   * A call failed in a way that concerns the whole volume. Published once, until the volume is
   * opened again.
   */
  record VolumeUnhealthy(Instant at, String subject, UUID guid, String reason)
      implements GatewayEvent {}

  record VolumeFrozen(Instant at, String subject, UUID guid, Duration took)
      implements GatewayEvent {}

  record VolumeThawed(Instant at, String subject, UUID guid) implements GatewayEvent {}

  /** Whoever uses it is led on to where it was handed over to. */
  record VolumeRetired(Instant at, String subject, UUID guid) implements GatewayEvent {}

  /** What is known of who owns a volume has changed, durably. */
  record OwnershipChanged(Instant at, String subject, Ownership now) implements GatewayEvent {}

  /** It follows no other volume any more, and may be written. */
  record VolumePromoted(Instant at, String subject, UUID guid) implements GatewayEvent {}

  /** It follows another volume: nobody but who receives its snapshots writes it. */
  record VolumeDemoted(Instant at, String subject, UUID guid) implements GatewayEvent {}

  /**
   * @param subject {@code demo@monday}
   * @param guid the snapshot's
   * @param held how long writes to the volume had to wait
   */
  record SnapshotCreated(Instant at, String subject, UUID guid, UUID volume, Duration held)
      implements GatewayEvent {}

  /**
   * @param subject {@code demo@monday}
   * @param guid the snapshot's
   */
  record SnapshotDestroyed(Instant at, String subject, UUID guid, UUID volume)
      implements GatewayEvent {}

  /**
   * @param subject the clone
   * @param from {@code demo@monday}
   */
  record VolumeCloned(Instant at, String subject, UUID guid, String from, UUID snapshot)
      implements GatewayEvent {}

  /**
   * @param to {@code demo@monday}
   */
  record VolumeRolledBack(Instant at, String subject, UUID guid, String to, UUID snapshot)
      implements GatewayEvent {}

  record TaskStarted(Instant at, String subject, UUID task) implements GatewayEvent {}

  /** Nothing moved for this long; the task is being cancelled. */
  record TaskStalled(Instant at, String subject, UUID task, long units, Duration quiet)
      implements GatewayEvent {}

  record TaskEnded(Instant at, String subject, UUID task, boolean succeeded, String outcome)
      implements GatewayEvent {}

  /**
   * The files of a listener's certificate have changed, and new connections are shown the new one.
   */
  record CertificateRenewed(Instant at, String subject, String certificate, Instant expiresAt)
      implements GatewayEvent {}

  /** The files of a listener's certificate have changed and are no good; the old one stays. */
  record CertificateRefused(Instant at, String subject, String reason) implements GatewayEvent {}

  /** A certificate ends soon, or has ended if {@code left} is below zero. Published once a day. */
  record CertificateEndsSoon(Instant at, String subject, String certificate, Duration left)
      implements GatewayEvent {}

  /** The configuration was read again: what was applied, and what waits for a restart. */
  record ConfigReloaded(Instant at, String subject, List<String> applied, List<String> needsRestart)
      implements GatewayEvent {
    public ConfigReloaded {
      applied = List.copyOf(applied);
      needsRestart = List.copyOf(needsRestart);
    }
  }

  /**
   * An event of a plugin's own. {@code type} is {@code kind.what}, such as {@code
   * nbd.connection-cut}; its README lists the types and details.
   */
  record ModuleEvent(Instant at, String subject, String type, Map<String, String> details)
      implements GatewayEvent {
    public ModuleEvent {
      details = Map.copyOf(details);
    }
  }
}
