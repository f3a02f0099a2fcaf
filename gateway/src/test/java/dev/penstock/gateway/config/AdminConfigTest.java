package dev.penstock.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The admin block, right and wrong. */
class AdminConfigTest {
  @TempDir Path folder;

  private record Read(AdminConfig config, List<String> problems) {}

  private Read read(String yaml) throws IOException {
    Path file = Files.writeString(folder.resolve("g.yaml"), yaml);
    var problems = new Problems();
    var root = ConfigFile.read(file, problems).orElseThrow();
    var config = AdminConfig.read(root.block("admin", problems), problems);
    return new Read(
        config, problems.inOrder().stream().map(p -> p.at().line() + ": " + p.what()).toList());
  }

  @Test
  void nothingIsAllRight() throws IOException {
    Read read = read("gateway: {}\n");

    assertThat(read.problems()).isEmpty();
    assertThat(read.config().listen()).isEmpty();
    assertThat(read.config().pluginInstall()).isFalse();
    assertThat(read.config().limits()).isEqualTo(AdminLimits.DEFAULTS);
  }

  @Test
  void everythingCanBeSaid() throws IOException {
    Files.writeString(folder.resolve("c.pem"), "");
    Read read =
        read(
            """
            admin:
              socket: a.sock
              listen: tcp://0.0.0.0:7070
              names: [box.example]
              tls: {certificate: c.pem, key: c.pem}
              plugin_install: true
              limits: {body: 64KiB, arrival: 3s}
            """);

    assertThat(read.problems()).isEmpty();
    assertThat(read.config().socket()).isEqualTo(folder.resolve("a.sock"));
    assertThat(read.config().limits().bodyBytesMax()).isEqualTo(65536);
    assertThat(read.config().limits().arrivalLimit()).hasSeconds(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          listen: tcp://0.0.0.0:7070           | it needs tls with a certificate and a key
          listen: unix:/x.sock                 | it takes an address such as tcp://127.0.0.1:7070
          lisen: tcp://127.0.0.1:1             | did you mean listen?
          tls: {certificate: none.pem}         | key is missing
          tls: {certificate: none.pem, key: n} | which cannot be read
          limits: {body: 1}                    | it takes 1024 to 16777216
          limits: {arrival: 2h}                | it takes 50ms to 1h
          limits: {requests: 0}                | it takes 1 to 1000
          limits: {connections: 4}             | it must leave some of the 4 connections to others
          """)
  void whatIsWrongIsSaidWithItsLine(String line, String problem) throws IOException {
    assertThat(read("admin:\n  " + line + "\n").problems())
        .anySatisfy(one -> assertThat(one).startsWith("2: ").contains(problem));
  }

  @Test
  void aSocketThatIsTooLongForLinuxIsRefused() throws IOException {
    assertThat(read("admin: {socket: /" + "x".repeat(100) + "}\n").problems())
        .singleElement()
        .asString()
        .contains("choose a shorter path");
  }

  @Test
  void theSocketIsWhereBothSidesLook() {
    assertThat(AdminSocket.standard(Map.of("PENSTOCK_SOCKET", "/x/a.sock"), 0))
        .hasToString("/x/a.sock");
    assertThat(AdminSocket.standard(Map.of("XDG_RUNTIME_DIR", "/run/user/7"), 0))
        .hasToString("/run/penstock/admin.sock");
    assertThat(AdminSocket.standard(Map.of("XDG_RUNTIME_DIR", "/run/user/7"), 7))
        .hasToString("/run/user/7/penstock/admin.sock");
    assertThat(AdminSocket.standard(Map.of(), 7)).hasToString("/tmp/penstock-7/admin.sock");
  }
}
