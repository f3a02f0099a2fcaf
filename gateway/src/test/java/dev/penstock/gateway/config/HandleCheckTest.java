package dev.penstock.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.config.Mark;
import dev.penstock.spi.module.FileHandles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandleCheckTest {
  private static final List<FileHandles> ALLOWED =
      List.of(
          new FileHandles(128, "connections of the admin API", new Mark("gateway.yaml", 3)),
          new FileHandles(10_000, "connections of modules.nbd", new Mark("gateway.yaml", 9)));

  @Test
  void moreThanAProcessMayHaveIsAWarningWithTheNumbersAndTheLine() {
    assertThat(HandleCheck.warnings(ALLOWED, OptionalLong.of(4096)))
        .singleElement()
        .hasToString(
            "gateway.yaml:9: 10000 connections of modules.nbd, and 10640 file handles in all, are"
                + " allowed here, but a process may have 4096: raise that to 10640 (systemd:"
                + " LimitNOFILE=10640; a shell: ulimit -n 10640), or lower this");
  }

  @Test
  void whatFitsIsNone() {
    assertThat(HandleCheck.warnings(ALLOWED, OptionalLong.of(10_640))).isEmpty();
    assertThat(HandleCheck.warnings(ALLOWED, OptionalLong.empty())).isEmpty();
  }

  @Test
  void theLimitIsTheSoftOneOfTheProcess(@TempDir Path dir) throws IOException {
    Path limits = dir.resolve("limits");
    Files.writeString(
        limits,
        """
        Limit                     Soft Limit           Hard Limit           Units
        Max processes             unlimited            unlimited            processes
        Max open files            65536                1048576              files
        """);
    assertThat(HandleCheck.limit(limits)).hasValue(65_536);
    Files.writeString(
        limits, "Max open files            unlimited            unlimited     files\n");
    assertThat(HandleCheck.limit(limits)).isEmpty();
    assertThat(HandleCheck.limit(dir.resolve("none"))).isEmpty();
    assertThat(HandleCheck.limit()).isPresent();
  }
}
