package dev.penstock.nbd.export;

import dev.penstock.spi.volume.VolumeGate;

/**
 * A volume that is open for all exports of one access.
 *
 * @param gate every request passes it
 * @param throttle how fast it may be written while somebody copies it, whatever its exports allow
 */
public record Served(VolumeGate gate, Throttle throttle) {}
