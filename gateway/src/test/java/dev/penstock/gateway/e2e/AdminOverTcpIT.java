package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Over TCP nobody is trusted for being on this machine: neither a user nor a web page. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdminOverTcpIT {
  private PackagedGateway gateway = PackagedGateway.unstarted();
  private int port;
  private String token = "";

  @BeforeAll
  void startGateway(@TempDir Path folder) throws Exception {
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    gateway =
        PackagedGateway.configured(
                folder,
                """
                gateway: { name: test, state: state, plugins: plugins }
                admin: { socket: admin.sock, listen: "tcp://127.0.0.1:%d" }
                """
                    .formatted(port))
            .start();
    token =
        gateway
            .cli("token", "create", "--role", "reader", "looker")
            .text()
            .lines()
            .flatMap(line -> Stream.of(line.split("\\s+", -1)))
            .filter(word -> word.startsWith("pst_"))
            .findFirst()
            .orElseThrow();
  }

  @AfterAll
  void stopGateway() {
    gateway.close();
  }

  @Test
  void callersWithoutATokenAreRefused() throws Exception {
    assertThat(status("/v1/gateway", Map.of())).isEqualTo(401);
    assertThat(status("/v1/volumes", Map.of("Authorization", "Bearer pst_nonsense")))
        .isEqualTo(401);
    assertThat(status("/metrics", Map.of())).isEqualTo(401);
  }

  @Test
  void callersWithATokenMayDoWhatItsRoleMay() throws Exception {
    Map<String, String> bearer = Map.of("Authorization", "Bearer " + token);

    assertThat(status("/v1/gateway", bearer)).isEqualTo(200);
    assertThat(tcp().call("DELETE", "/v1/volumes/nobody", bearer, new byte[0]).status())
        .isEqualTo(403);
  }

  @Test
  void healthNeedsNoToken() throws Exception {
    assertThat(status("/health/live", Map.of())).isEqualTo(200);
  }

  @Test
  void pagesOfOtherOriginsAreRefusedEvenWithAToken() throws Exception {
    assertThat(
            status(
                "/v1/gateway",
                Map.of("Authorization", "Bearer " + token, "Origin", "https://example.org")))
        .isEqualTo(403);
    assertThat(
            status(
                "/v1/gateway",
                Map.of("Authorization", "Bearer " + token, "Host", "rebound.example.org")))
        .isEqualTo(403);
  }

  @Test
  void unixSocketIsItsOwnersAlone() throws Exception {
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(gateway.file("admin.sock"))))
        .isEqualTo("rw-------");
  }

  private AdminApi tcp() {
    return new AdminApi(port);
  }

  private int status(String path, Map<String, String> headers) throws IOException {
    return tcp().call("GET", path, headers, new byte[0]).status();
  }
}
