package dev.penstock.nbd.export;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.spi.volume.VolumeGate;

/**
 * A volume that was opened for an export to come, or for a client that wants a snapshot. {@link
 * #release} it in any case: it stays open for as long as anybody else has it. Any thread.
 */
public final class OpenedVolume {
  private final SharedVolumes volumes;
  private final ExportSettings settings;
  private final VolumeGate gate;
  private boolean released;

  OpenedVolume(SharedVolumes volumes, ExportSettings settings, VolumeGate gate) {
    this.volumes = volumes;
    this.settings = settings;
    this.gate = gate;
  }

  /** Whether it is what an export of these settings serves. */
  public boolean serves(ExportSettings settings) {
    return this.settings.servesTheSameAs(settings);
  }

  ExportSettings settings() {
    return settings;
  }

  VolumeGate gate() {
    return gate;
  }

  /** For the export that has it from now on, and gives it back. */
  synchronized VolumeGate keep() {
    released = true;
    return gate;
  }

  /** Gives it back, unless an export has it. Harmless twice. */
  public synchronized void release() {
    if (released) return;
    released = true;
    volumes.giveBack(settings);
  }
}
