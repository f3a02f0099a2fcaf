package dev.penstock.p2p.annex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.p2p.disk.LinuxDisk;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Key;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PartialsTest {
  private static final Key KEY = Key.parse("WORM-s5-m1--a");

  @TempDir Path folder;

  @Test
  void whoCannotSeeWhatHadComeLetsGoOfTheLock() throws IOException {
    var disk = new LinuxDisk();
    var layout = new Layout(RawPath.of(folder), true);
    var partials = new Partials(disk, layout, new FileLocks(disk), new TemporaryNames(layout));
    Path temporary = Files.createDirectories(folder.resolve("annex")).resolve("tmp");
    Files.createSymbolicLink(temporary, temporary); // leads nowhere
    assertThatThrownBy(() -> partials.claim(KEY)).isInstanceOf(GatewayError.class);
    Files.delete(temporary);

    Partial claimed = partials.claim(KEY);

    assertThat(claimed.transfer()).isPresent();
    partials.letGo(claimed);
  }
}
