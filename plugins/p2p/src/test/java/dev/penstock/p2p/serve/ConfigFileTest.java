package dev.penstock.p2p.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.RawClient;
import dev.penstock.p2p.TestServer;
import dev.penstock.p2p.TestStore;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client learns that knows a URL and nothing else. */
class ConfigFileTest {
  @ParameterizedTest
  @ValueSource(strings = {"/photos/config", "/config"})
  void theUuidAndWhereItsContentIs(String path) {
    try (var server = TestServer.open()) {
      RawClient.Answer got = server.ask("GET", path);

      assertThat(got.status()).isEqualTo(200);
      assertThat(got.body())
          .isEqualTo(
              "[annex]\n\tuuid = \"%s\"\n\turl = \"annex+http://localhost:80\"\n"
                  .formatted(TestStore.UUID));
    }
  }

  @Test
  void theUrlMayBeSaidInTheSettings() {
    try (var server =
        TestServer.with(
            Map.of(
                "repositories",
                Map.of(
                    "photos",
                    Map.of(
                        "kind", "memory",
                        "anonymous", "read",
                        "advertise", "annex+https://files.example.org/x"))))) {
      assertThat(server.ask("GET", "/photos/config").body())
          .contains("url = \"annex+https://files.example.org/x\"");
    }
  }

  @Test
  void theBasePathIsPartOfTheUrl() {
    try (var server = TestServer.with(Map.of("anonymous", "read", "base_path", "/x"))) {
      assertThat(server.ask("GET", "/x/photos/config").body())
          .contains("url = \"annex+http://localhost:80/x\"");
      assertThat(server.ask("GET", "/photos/config").status()).isEqualTo(404);
    }
  }

  @Test
  void whoeverMayNotReadLearnsNothing() {
    try (var server = TestServer.with(Map.of("anonymous", "none"))) {
      assertThat(server.ask("GET", "/photos/config").status()).isEqualTo(403);
    }
  }

  @Test
  void anotherNameIsNotFound() {
    try (var server = TestServer.open()) {
      assertThat(server.ask("GET", "/others/config").status()).isEqualTo(404);
    }
  }
}
