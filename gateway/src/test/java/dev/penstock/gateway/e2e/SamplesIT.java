package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.house.Repository;
import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every sample loads, and the quick start does what the README says. */
@Timeout(120)
class SamplesIT {
  static Stream<String> samples() throws IOException {
    try (Stream<Path> files = Files.list(Repository.root().resolve("conf"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".yaml") && !name.startsWith("prometheus"))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void everySampleIsValid(String sample, @TempDir Path folder) throws Exception {
    Path certificate = Files.writeString(folder.resolve("certificate.pem"), "");
    String text =
        Repository.read("conf/" + sample)
            .replace("/usr/lib/penstock/plugins", PackagedGateway.home() + "/plugins")
            .replace("../plugins", PackagedGateway.home() + "/plugins")
            .replaceAll("/etc/penstock/tls/\\S+", certificate.toString());
    Path config = Files.writeString(folder.resolve(sample), text);

    Peer.Result check = Peer.call(PackagedGateway.home().resolve("bin/penstock"), "check", config);

    assertThat(check.exit()).as(check.text()).isZero();
    assertThat(check.text()).contains("the configuration is good");
  }

  @Test
  void quickstartServesItsDemoVolumeAndSaysWhatToTypeNext(@TempDir Path folder) throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    String text = Repository.read("conf/quickstart.yaml");
    assertThat(text).contains("tcp://127.0.0.1:10809");
    Path home = Files.createDirectories(folder.resolve("home/conf"));
    PackagedGateway gateway =
        PackagedGateway.configured(
            home,
            text.replace("10809", Integer.toString(port)).replace("../plugins", "plugins")
                + "admin: { socket: admin.sock }\n");
    try (gateway) {
      gateway.start();

      assertThat(gateway.log()).contains("nbdinfo nbd://localhost", "demo");
      String next =
          gateway.log().lines().filter(line -> line.endsWith(" status")).findFirst().orElseThrow();
      assertThat(Peer.run((Object[]) next.strip().split(" ", -1)).out()).contains("nbd", "demo");
      Peer.Result info = Peer.run("nbdinfo", "nbd://localhost:" + port + "/demo");
      assertThat(info.out()).contains("export-size: 1073741824");
      assertThat(folder.resolve("home/data/volumes")).isDirectory();
      assertThat(gateway.stop()).isZero();
    }
  }

  @Test
  void systemdUnitCallsCommandsThatThereAre() {
    String unit = Repository.read("conf/penstock.service");
    Stream<String> commands =
        unit.lines()
            .filter(line -> line.startsWith("Exec"))
            .map(line -> line.replaceFirst("^Exec\\w+=\\S+/bin/penstock ", ""))
            .map(line -> line.replaceFirst(" /.*$", ""));

    commands.forEach(command -> {
      Stream<Object> words =
          Stream.of(
                  Stream.of(PackagedGateway.home().resolve("bin/penstock")),
                  Stream.of(command.split(" ", -1)),
                  Stream.of("--help"))
              .flatMap(word -> word);
      Peer.Result help = Peer.call(words.toArray());
      assertThat(help.exit()).as("penstock %s --help: %s", command, help.text()).isZero();
    });
  }
}
