package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.config.NbdConfig;
import dev.penstock.nbd.serve.Security;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.TestCertificates;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void stop() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  /** A module that is stopped while it starts: nobody would ever stop the watch. */
  @Test
  void closedBeforeItsFilesWereReadItNeverBeginsToWatchThem(@TempDir Path folder) {
    var made = TestCertificates.in(folder);
    var tls =
        Map.of(
            "certificate", made.file("server-cert.pem").toString(),
            "key", made.file("server-key.pem").toString());
    var block = TestSettings.block("modules.nbd", Map.of("tls", tls));
    var problems = new Problems();
    var settings = NbdConfig.read(block, problems).tls().orElseThrow();
    assertThat(problems.inOrder()).isEmpty();
    try (var host = new FakeModuleContext(vertx, "nbd", block)) {
      int before = host.events().subscriptions();
      var certificate = new Certificate(host, settings);
      Future<Security> started = certificate.start();
      certificate.close();

      await().until(started::isComplete);
      assertThat(started.failed()).isTrue();
      assertThat(host.events().subscriptions()).isEqualTo(before);
    }
  }
}
