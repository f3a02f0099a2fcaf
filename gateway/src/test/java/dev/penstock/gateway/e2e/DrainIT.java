package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An export is emptied and filled again with the commands that an operator types. */
@Tag("peer")
@Timeout(180)
class DrainIT {
  private static final int SHUTDOWN = 0x80000007;

  @TempDir Path folder = Path.of("");

  @Test
  void aDrainedExportIsLeftByItsClientsAndTakesNobodyUntilItIsResumedAlsoAfterARestart()
      throws IOException {
    try (var gateway = PackagedGateway.withDemo(folder).start();
        var client = gateway.connect("demo")) {
      assertThat(client.read(0, 512)).hasSize(512);
      Peer.Result drained = gateway.cli("export", "drain", "demo");
      assertThat(drained.text()).contains("drain demo: succeeded");
      assertThat(drained.exit()).isZero();
      client.awaitEnd();
      assertDrained(gateway);

      gateway.stop();
      gateway.start();
      assertDrained(gateway);

      assertThat(gateway.cli("export", "resume", "demo").text()).isEqualTo("demo takes clients\n");
      assertThat(gateway.cli("export", "show", "demo").out()).containsPattern("state +open\n");
      assertThat(Peer.run("nbdinfo", "--size", gateway.nbd("demo")).out()).contains("67108864");
      assertThat(gateway.log()).contains("nbd.export-drained", "nbd.export-resumed");
    }
  }

  @Test
  void whoDoesNotLeaveInTheTimeThatTheOperatorGivesIsCut() throws IOException {
    try (var gateway = PackagedGateway.withDemo(folder).start();
        var hanging = gateway.connect("demo")) {
      for (int i = 0; i < 16; i++) hanging.send(hanging.request(NbdClient.READ, 0, 0, 1 << 20));
      gateway.await(() -> gateway.cli("connection", "list", "--json").out().contains("serving"));
      Peer.Result drained = gateway.cli("export", "drain", "demo", "--timeout", "200ms");
      assertThat(drained.text()).contains("drain demo: succeeded");
      hanging.awaitEnd();
      assertThat(gateway.log()).containsPattern("nbd.connection-cut .*why=\"?shutdown");
      assertThat(gateway.cli("export", "show", "demo").out()).containsPattern("state +drained\n");
    }
  }

  private static void assertDrained(PackagedGateway gateway) throws IOException {
    assertThat(gateway.cli("export", "show", "demo").out()).containsPattern("state +drained\n");
    try (var late = NbdClient.raw(gateway.file("nbd.sock"))) {
      late.greet();
      assertThat(late.go("demo")).isEqualTo(SHUTDOWN);
      late.option(NbdClient.OPTION_ABORT, ByteBuffer.allocate(0));
    }
  }
}
