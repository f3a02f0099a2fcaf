package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolume;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients of an old-style server rely on. */
@Timeout(60)
class OldStyleServingTest {
  private static final int SECTORS_BYTES = 1 << 20;

  /** The rest of 511 bytes is not to be had. */
  private final MemoryVolume demo = MemoryVolume.named("demo", SECTORS_BYTES + 511);

  private final TestServer server =
      TestServer.of(
          demo,
          Map.of("listen", List.of(Map.of("address", "tcp://127.0.0.1:0", "oldstyle", "demo"))),
          "demo");

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aLongWriteOverAShorterOneIsComplete() {
    try (var client = server.connectOldStyle()) {
      assertThat(client.write(0, new byte[] {1, 1, 1, 1}).error()).isZero();
      byte[] longer = ServingTest.pattern(SECTORS_BYTES);
      assertThat(client.write(0, longer).error()).isZero();
      assertThat(client.readData(0, SECTORS_BYTES)).isEqualTo(longer);
    }
  }

  @ParameterizedTest(name = "{0} at {1} + {2}: {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          READ         | 1048576 | 1          | ENOSPC
          READ         | 1048575 | 2          | ENOSPC
          READ         | -512    | 1024       | ENOSPC
          FLUSH        | 0       | 4294967295 | ENOSPC
          TRIM         | 0       | 512        | EINVAL
          TRIM         | 1048576 | 512        | ENOSPC
          WRITE_ZEROES | 0       | 512        | EINVAL
          BLOCK_STATUS | 0       | 512        | EINVAL
          UNKNOWN      | 0       | 0          | EINVAL
          """)
  void whatIsRefusedLeavesTheConnectionUsable(
      Command command, long offset, long lengthBytes, ErrorNumber error) {
    try (var client = server.connectOldStyle()) {
      assertThat(client.call(command, offset, lengthBytes).error()).isEqualTo(error.code());
      assertThat(client.readData(0, 1)).containsExactly(0);
    }
  }

  @Test
  void aWritePastTheEndIsDrainedAlsoWhereItsEndWrapsAround() {
    try (var client = server.connectOldStyle()) {
      byte[] data = ServingTest.pattern(1024);
      assertThat(client.write(SECTORS_BYTES - 512, data).error())
          .isEqualTo(ErrorNumber.ENOSPC.code());
      assertThat(client.write(-512, data).error()).isEqualTo(ErrorNumber.ENOSPC.code());
      assertThat(client.write(0, data).error()).isZero();
      assertThat(client.readData(0, 1024)).isEqualTo(data);
    }
  }

  @Test
  void aWriteOf256MiBIsDrainedAndRefused() {
    byte[] piece = new byte[1 << 20];
    try (var client = server.connectOldStyle()) {
      client.send(new ClientBytes().request(Command.WRITE, 5, 0, 256L << 20));
      for (int i = 0; i < 256; i++) client.send(piece);
      assertThat(client.reply()).isEqualTo(new RawClient.Reply(ErrorNumber.ENOSPC.code(), 5));
      assertThat(client.readData(0, 1)).containsExactly(0);
    }
  }

  @Test
  void whoLeavesWhileItsRefusedWriteIsDrainedLeavesNothingBehind() {
    try (var client = server.connectOldStyle()) {
      client.send(new ClientBytes().request(Command.WRITE, 5, -512, 1 << 20).raw(new byte[1000]));
    }
    try (var client = server.connectOldStyle()) {
      assertThat(client.readData(0, 1)).containsExactly(0);
    }
    await()
        .untilAsserted(
            () -> assertThat(server.host().metrics().gauged("nbd_connections")).isZero());
  }

  @Test
  void whatIsNoRequestIsAnsweredByItsNameAndThenTheConnectionIsClosed() {
    try (var client = server.connectOldStyle()) {
      byte[] request = new ClientBytes().request(Command.READ, 0x4142434445464748L, 0, 4).toBytes();
      request[0] ^= 0x40;
      client.send(request);
      assertThat(client.reply())
          .isEqualTo(new RawClient.Reply(ErrorNumber.EBADMSG.code(), 0x4142434445464748L));
      assertThat(client.readToEnd()).isZero();
      assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("protocol");
    }
  }

  @Test
  void aFlushSyncsOnceAndAWriteWithFuaIsDurable() {
    try (var client = server.connectOldStyle()) {
      assertThat(client.call(Command.FLUSH, 0, 0).error()).isZero();
      assertThat(demo.faults().begun(Call.FLUSH)).isEqualTo(1);
      client.send(new ClientBytes().request(1, Command.WRITE.code(), 6, 0, 1).raw((byte) 7));
      assertThat(client.reply()).isEqualTo(new RawClient.Reply(0, 6));
      assertThat(demo.afterPowerCut()[0]).isEqualTo((byte) 7);
    }
  }

  @Test
  void whoSaysDisconnectIsClosedWithoutAReply() {
    try (var client = server.connectOldStyle()) {
      client.send(new ClientBytes().request(Command.DISC, 7, 0, 0));
      assertThat(client.readToEnd()).isZero();
    }
  }
}
