package dev.penstock.replication.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.TestSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads settings of the module, and what is wrong with them. */
abstract class SettingsReader {
  static final Map<String, String> TLS =
      Map.of("certificate", "c.pem", "key", "k.pem", "peer_ca", "ca.pem");
  static final Map<String, ?> B = Map.of("at", "https://b.example.org");

  final Problems problems = new Problems();

  ReplicationConfig read(Map<String, ?> settings) {
    return ReplicationConfig.read(TestSettings.block("modules.replication", settings), problems);
  }

  /** A job that is called offsite, with a peer it can go to and one it cannot. */
  JobSettings job(Map<String, ?> settings) {
    var config =
        read(
            Map.of(
                "tls",
                TLS,
                "peers",
                Map.of("server-b", B, "quiet", Map.of()),
                "jobs",
                Map.of("offsite", settings)));
    return config.job("offsite").orElseThrow();
  }

  List<String> told() {
    List<String> told = new ArrayList<>();
    problems.inOrder().forEach(problem -> told.add(problem.what()));
    return told;
  }

  void toldOnce(String what) {
    assertThat(told()).singleElement().asString().contains(what);
  }
}
