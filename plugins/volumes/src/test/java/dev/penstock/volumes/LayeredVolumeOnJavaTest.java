package dev.penstock.volumes;

import dev.penstock.spi.testing.VolumeContract;
import dev.penstock.spi.volume.Volume;
import dev.penstock.volumes.disk.JavaDisk;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A volume of layers keeps every promise of {@link Volume} without them. */
class LayeredVolumeOnJavaTest extends VolumeContract {
  @TempDir private Path directory;

  @Override
  protected Volume newVolume(long sizeBytes) {
    return RawVolumes.layered(new JavaDisk(directory), sizeBytes);
  }
}
