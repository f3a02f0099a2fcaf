package dev.penstock.nbd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.ForwardingVolume;
import dev.penstock.spi.volume.Volume;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client does wrong costs it a request, or at most its own connection. */
@Timeout(60)
class BadInputTest extends ServedDemo {
  @ParameterizedTest(name = "{0} flags {1} at {2} + {3}: {4}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          READ         | 0  | 1048576              | 1          | EINVAL
          READ         | 0  | 9223372036854775807  | 4294967295 | EINVAL
          READ         | 0  | -1                   | 2          | EINVAL
          READ         | 0  | 0                    | 33554433   | EINVAL
          READ         | 4  | 0                    | 1          | EINVAL
          READ         | 16 | 0                    | 1          | EINVAL
          TRIM         | 0  | 1048575              | 2          | EINVAL
          TRIM         | 2  | 0                    | 1          | EINVAL
          CACHE        | 0  | 1048575              | 2          | EINVAL
          WRITE_ZEROES | 0  | 1048575              | 2          | ENOSPC
          WRITE_ZEROES | 0  | -1                   | 1          | ENOSPC
          WRITE_ZEROES | 32 | 0                    | 1          | EINVAL
          BLOCK_STATUS | 0  | 0                    | 1          | EINVAL
          UNKNOWN      | 0  | 0                    | 1          | EINVAL
          """)
  void requestsThatWereNotAgreedOnAreRefusedAndTheConnectionGoesOn(
      Command command, int flags, long offset, long lengthBytes, ErrorNumber error) {
    try (var client = server.connect().exportName("demo")) {
      var reply = client.call(flags, command.code(), offset, lengthBytes);
      assertThat(reply.error()).isEqualTo(error.code());
      assertThat(client.readData(0, 1)).containsExactly(0);
    }
  }

  @Test
  void writesPastTheEndAreDrainedAndRefused() {
    try (var client = server.connect().exportName("demo")) {
      assertThat(client.write(SIZE_BYTES - 1, (byte) 1, (byte) 2).error())
          .isEqualTo(ErrorNumber.ENOSPC.code());
      assertThat(client.write(-1, (byte) 1).error()).isEqualTo(ErrorNumber.ENOSPC.code());
      assertThat(client.readData(SIZE_BYTES - 1, 1)).containsExactly(0);
    }
  }

  @Test
  void writesThatAreTooLargeAreDrainedAndRefused() {
    try (var client = server.connect().exportName("demo")) {
      assertThat(client.write(0, new byte[(32 << 20) + 1]).error())
          .isIn(ErrorNumber.EINVAL.code(), ErrorNumber.ENOSPC.code());
      assertThat(client.readData(0, 1)).containsExactly(0);
    }
  }

  @ParameterizedTest
  @CsvSource({"READ", "WRITE", "TRIM", "WRITE_ZEROES", "CACHE"})
  void emptyRequestsSucceed(Command command) {
    try (var client = server.connect().exportName("demo")) {
      assertThat(client.call(command, SIZE_BYTES, 0).error()).isZero();
      assertThat(client.call(command, 0, 0).error()).isZero();
    }
  }

  @Test
  void flushIgnoresItsOffsetAndLength() {
    try (var client = server.connect().exportName("demo")) {
      assertThat(client.call(Command.FLUSH, -5, 4711).error()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"WRITE_ZEROES", "TRIM"})
  void readOnlyExportsRefuseChanges(Command command) {
    try (var client = server.connect().exportName("frozen")) {
      assertThat(client.call(command, 0, 4096).error()).isEqualTo(ErrorNumber.EPERM.code());
      assertThat(client.write(0, (byte) 1).error()).isEqualTo(ErrorNumber.EPERM.code());
      assertThat(client.call(Command.FLUSH, 0, 0).error()).isZero();
      assertThat(client.readData(0, 1)).containsExactly(0);
    }
  }

  @Test
  void aFullDiskIsToldToTheRequestThatFilledIt() {
    demo.faults().leaveFree(0);
    try (var client = server.connect().exportName("demo")) {
      assertThat(client.write(0, (byte) 1).error()).isEqualTo(ErrorNumber.ENOSPC.code());
      assertThat(client.readData(0, 1)).containsExactly(0);
    }
  }

  @Test
  void aFailingReadIsAnErrorReplyAndNotTheEnd() {
    demo.faults().missReadNow(true);
    demo.faults()
        .failNext(1, Call.READ, () -> new GatewayError.Failed(Scope.RESOURCE, "the disk is ill"));
    try (var client = server.connect().exportName("demo")) {
      assertThat(client.call(Command.READ, 0, 4096).error()).isEqualTo(ErrorNumber.EIO.code());
      assertThat(client.readData(0, 1)).containsExactly(0);
    }
  }

  @Test
  void aVolumeThatIsDamagedIsAnErrorReplyOnTheFastPathToo() {
    server.host().volumes().add("ill", new Ill(demo));
    TestServer.await(
        server
            .host()
            .admin()
            .call(Route.Method.PUT, "/v1/exports/ill", new JsonObject().put("volume", "ill")));
    try (var client = server.connect().exportName("ill")) {
      for (int length : new int[] {512, 1 << 19}) {
        assertThat(client.call(Command.READ, 0, length).error()).isEqualTo(ErrorNumber.EIO.code());
      }
      assertThat(client.call(Command.FLUSH, 0, 0).error()).isZero();
    }
    TestServer.await(
        server.host().volumes().userOf("ill").freeze(Duration.ofSeconds(10))); // nobody is inside
  }

  private static final class Ill extends ForwardingVolume {
    Ill(Volume behind) {
      super(behind);
    }

    @Override
    protected void admit(boolean changes) {}

    @Override
    public void close() {}

    @Override
    public int readNow(long offset, ByteBuffer target) {
      throw new GatewayError.Damaged("nobody vouches for it");
    }

    @Override
    public void read(long offset, ByteBuffer target) {
      throw new GatewayError.Damaged("nobody vouches for it");
    }
  }

  @Test
  void aFailingPiecewiseReadIsAnErrorChunkThatSaysWhy() {
    demo.faults().missReadNow(true);
    demo.faults()
        .failNext(
            1, Call.EXTENTS, () -> new GatewayError.Failed(Scope.RESOURCE, "the disk is ill"));
    try (var client = server.connect().structured("demo")) {
      client.send(new ClientBytes().request(Command.READ, 1, 0, 131072));
      var chunk = client.chunk();
      assertThat(chunk.type()).isEqualTo(Wire.CHUNK_ERROR);
      assertThat(chunk.done()).isTrue();
      assertThat(new String(chunk.bytes(), UTF_8)).contains("the disk is ill");
    }
  }

  @Test
  void garbageForAHandshakeClosesThatConnection() {
    try (var client = server.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: nowhere\r\n\r\n".getBytes(UTF_8));
      assertThat(client.readToEnd()).isZero();
      assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("protocol");
    }
  }

  @Test
  void garbageForARequestClosesThatConnectionAfterWhatCameBefore() {
    try (var client = server.connect().exportName("demo")) {
      client.send(new ClientBytes().request(Command.READ, 9, 0, 4).raw(new byte[28]));
      assertThat(client.reply()).isEqualTo(new RawClient.Reply(0, 9));
      assertThat(client.readToEnd()).isEqualTo(4);
      assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("protocol");
    }
  }

  @Test
  void anUnknownExportLeavesTheNegotiationUsable() {
    try (var client = server.connect()) {
      client.send(new ClientBytes().fixedNoZeroes().go("nobody"));
      client.read(8 + 4);
      assertThat(client.readInt()).isEqualTo(Integer.MIN_VALUE | 6);
      assertThat(new String(client.read(client.readInt()), UTF_8)).contains("nobody");
      client.send(new ClientBytes().option(Option.EXPORT_NAME, "demo".getBytes(UTF_8)));
      assertThat(client.readLong()).isEqualTo(SIZE_BYTES);
    }
  }

  @Test
  void abortIsAcknowledgedAndThenTheConnectionIsClosed() {
    try (var client = server.connect()) {
      client.send(new ClientBytes().fixedNoZeroes().option(Option.ABORT));
      client.read(8 + 4 + 4 + 4);
      assertThat(client.readToEnd()).isZero();
    }
  }

  @Test
  void garbageIsToldOncePerConnectionHoweverMuchOfItComes() {
    for (int i = 0; i < 20; i++) {
      try (var client = server.connect()) {
        for (int piece = 0; piece < 5; piece++) {
          client.sendWhilePossible(new ClientBytes().raw("GET / HTTP/1.1\r\n".getBytes(UTF_8)));
        }
        client.readToEnd();
      }
    }
    everythingIsGivenBack();
    assertThat(server.host().events().all(NbdObserver.CONNECTION_CUT)).hasSize(20);
  }
}
