package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the build leaves in lib/ is used, and nobody hears of it. */
class StartupCacheIT {
  @TempDir Path temp;

  @Test
  void theClientTakesItsClassesFromTheCacheAndSaysNothing() throws Exception {
    Path classes = temp.resolve("classes.log");
    var version =
        new ProcessBuilder(PackagedGateway.home().resolve("bin/penstock").toString(), "version");
    version.environment().put("JDK_JAVA_OPTIONS", "-Xlog:class+load:file=" + classes);
    Process process = version.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isZero();
    assertThat(said.lines().filter(line -> !line.startsWith("NOTE: Picked up")))
        .singleElement()
        .asString()
        .startsWith("penstock ");
    assertThat(Files.readString(classes))
        .contains("dev.penstock.gateway.Main source: shared objects file");
  }

  @Test
  void bothCachesAreThere() {
    Path lib = PackagedGateway.home().resolve("lib");
    assertThat(lib.resolve("gateway.aot")).isNotEmptyFile();
    assertThat(lib.resolve("client.aot")).isNotEmptyFile();
  }
}
