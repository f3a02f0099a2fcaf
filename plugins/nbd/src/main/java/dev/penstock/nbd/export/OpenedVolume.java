package dev.penstock.nbd.export;

import dev.penstock.nbd.config.ExportSettings;

/**
 * A volume that was opened for an export to come, or for a client that wants a snapshot. {@link
 * #release} it in any case: it stays open for as long as anybody else has it. Any thread.
 */
public final class OpenedVolume {
  private final SharedVolumes volumes;
  private final ExportSettings settings;
  private final Served served;
  private boolean released;

  OpenedVolume(SharedVolumes volumes, ExportSettings settings, Served served) {
    this.volumes = volumes;
    this.settings = settings;
    this.served = served;
  }

  /** Whether it is what an export of these settings serves. */
  public boolean serves(ExportSettings settings) {
    return this.settings.servesTheSameAs(settings);
  }

  ExportSettings settings() {
    return settings;
  }

  Served served() {
    return served;
  }

  /** For the export that has it from now on, and gives it back. */
  synchronized Served keep() {
    released = true;
    return served;
  }

  /** Gives it back, unless an export has it. Harmless twice. */
  public synchronized void release() {
    if (released) return;
    released = true;
    volumes.giveBack(settings);
  }
}
