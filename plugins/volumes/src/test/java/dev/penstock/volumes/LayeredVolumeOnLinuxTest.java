package dev.penstock.volumes;

import dev.penstock.spi.testing.VolumeContract;
import dev.penstock.spi.volume.Volume;
import dev.penstock.volumes.linux.LinuxDisk;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A volume of layers keeps every promise of {@link Volume} through Linux' own calls. */
class LayeredVolumeOnLinuxTest extends VolumeContract {
  @TempDir private Path directory;

  @Override
  protected Volume newVolume(long sizeBytes) {
    return RawVolumes.layered(LinuxDisk.at(directory).orElseThrow(), sizeBytes);
  }
}
