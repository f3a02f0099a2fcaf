package dev.penstock.nbd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.VolumeCapability;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServingTest {
  private static final int LARGE = 700_001;
  private static final int[] CUTS = {1, 27, 4096, 70_000, 300_000};

  private static final int SIZE_BYTES = 1 << 20;

  private final MemoryVolume demo = MemoryVolume.named("demo", SIZE_BYTES);
  private final TestServer server = TestServer.of(demo);

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void whatIsWrittenIsRead() {
    try (var client = server.connect().exportName("demo")) {
      assertThat(client.write(4000, "penstock".getBytes(UTF_8)).error()).isZero();
      assertThat(client.readData(4000, 8)).isEqualTo("penstock".getBytes(UTF_8));
    }
  }

  @Test
  void readsThatCannotBeAnsweredAtOnceAreAnsweredByAWorker() {
    demo.faults().missReadNow(true);
    demo.write(0, ByteBuffer.wrap("slow".getBytes(UTF_8)));
    try (var client = server.connect().exportName("demo")) {
      assertThat(client.readData(0, 4)).isEqualTo("slow".getBytes(UTF_8));
      assertThat(demo.faults().begun(Call.READ)).isEqualTo(1);
    }
  }

  @Test
  void quickRequestsOvertakeSlowOnesOfTheSameConnection() {
    try (var client = server.connect().exportName("demo")) {
      try (var hold = demo.faults().hold(Call.FLUSH)) {
        client.send(
            new ClientBytes()
                .request(Command.FLUSH, 1, 0, 0)
                .request(Command.TRIM, 2, 0, 4096)
                .request(Command.WRITE_ZEROES, 3, 0, 4096));
        hold.awaitHeld(1);
        Set<Long> first = new HashSet<>();
        first.add(client.reply().cookie());
        first.add(client.reply().cookie());
        assertThat(first).containsExactlyInAnyOrder(2L, 3L);
      }
      assertThat(client.reply().cookie()).isEqualTo(1);
    }
  }

  @Test
  void flushMakesDurableWhatWasAcknowledgedOnAnyConnection() {
    try (var one = server.connect().exportName("demo");
        var other = server.connect().exportName("demo")) {
      one.write(0, (byte) 42);
      assertThat(demo.afterPowerCut()[0]).isZero();
      assertThat(other.call(Command.FLUSH, 0, 0).error()).isZero();
      assertThat(demo.afterPowerCut()[0]).isEqualTo((byte) 42);
    }
  }

  @Test
  void aDurableWriteSurvivesAPowerCut() {
    try (var client = server.connect().exportName("demo")) {
      client.send(
          new ClientBytes()
              .request(Wire.CMD_FLAG_FUA, Command.WRITE.code(), 1, 8192, 1)
              .raw((byte) 7));
      assertThat(client.reply().error()).isZero();
      assertThat(demo.afterPowerCut()[8192]).isEqualTo((byte) 7);
    }
  }

  @Test
  void durableZeroesSurviveAPowerCut() {
    demo.write(0, ByteBuffer.wrap(new byte[] {9}));
    demo.flush();
    try (var client = server.connect().exportName("demo")) {
      client.call(Wire.CMD_FLAG_FUA, Command.WRITE_ZEROES.code(), 0, 4096);
      assertThat(demo.afterPowerCut()[0]).isZero();
    }
  }

  @Test
  void aTrimmedRangeIsAHoleOnTheSameConnectionAtOnce() {
    demo.write(0, ByteBuffer.wrap(new byte[16384]));
    try (var client = server.connect().structured("demo")) {
      client.send(new ClientBytes().request(Command.TRIM, 1, 4096, 4096));
      assertThat(client.chunk().type()).isEqualTo(Wire.CHUNK_NONE);

      client.send(new ClientBytes().request(Command.BLOCK_STATUS, 2, 0, 16384));
      assertThat(descriptors(client)).containsExactly(4096, 0, 4096, 3, 8192, 0);
    }
  }

  @Test
  void zeroesWithoutHolesKeepTheirSpace() {
    try (var client = server.connect().structured("demo")) {
      client.send(
          new ClientBytes()
              .request(Wire.CMD_FLAG_NO_HOLE, Command.WRITE_ZEROES.code(), 1, 0, 4096));
      assertThat(client.chunk().type()).isEqualTo(Wire.CHUNK_NONE);
      client.send(
          new ClientBytes()
              .request(Wire.CMD_FLAG_REQ_ONE, Command.BLOCK_STATUS.code(), 2, 0, 16384));
      assertThat(descriptors(client)).containsExactly(4096, 2);
    }
  }

  @Test
  void statusBeginsAtTheOffsetAndEndsWithTheRequest() {
    try (var client = server.connect().structured("demo")) {
      client.send(new ClientBytes().request(Command.BLOCK_STATUS, 2, 100, 50));
      assertThat(descriptors(client)).containsExactly(50, 3);
    }
  }

  /** Each piece would be a journey to it, one after the other. */
  @Test
  void aLargeReadOfASparseVolumeThatIsFarAwayIsOneCallAndNoQuestionForHoles() {
    var far = MemoryVolume.able(1 << 20, Set.of(VolumeCapability.EXTENTS));
    try (var serving = TestServer.of(far);
        var client = serving.connect().structured("demo")) {
      far.write(65536, ByteBuffer.wrap(new byte[] {1, 2, 3}));
      client.send(new ClientBytes().request(Command.READ, 1, 0, 262144));
      var all = client.chunk();
      assertThat(all.type()).isEqualTo(Wire.CHUNK_OFFSET_DATA);
      assertThat(all.done()).isTrue();
      assertThat(all.bytes()).hasSize(8 + 262144);
      assertThat(Arrays.copyOfRange(all.bytes(), 8 + 65536, 8 + 65539)).containsExactly(1, 2, 3);
    }
  }

  @Test
  void aLargeReadOfASparseVolumeSendsItsHolesAsHoles() {
    demo.faults().missReadNow(true);
    demo.write(65536, ByteBuffer.wrap(new byte[] {1, 2, 3}));
    try (var client = server.connect().structured("demo")) {
      client.send(new ClientBytes().request(Command.READ, 1, 0, 262144));
      var hole = client.chunk();
      var data = client.chunk();
      var rest = client.chunk();
      assertThat(hole.type()).isEqualTo(Wire.CHUNK_OFFSET_HOLE);
      assertThat(data.type()).isEqualTo(Wire.CHUNK_OFFSET_DATA);
      assertThat(data.bytes()).hasSize(8 + 4096).containsSequence(1, 2, 3);
      assertThat(rest.type()).isEqualTo(Wire.CHUNK_OFFSET_HOLE);
      assertThat(rest.done()).isTrue();
      assertThat(hole.done() || data.done()).isFalse();
      assertThat(rest.payload().getLong(0)).isEqualTo(65536 + 4096);
      assertThat(rest.payload().getInt(8)).isEqualTo(262144 - 65536 - 4096);
    }
  }

  @Test
  void aLargeReadMayBeginWithAHoleAndEndWithData() {
    demo.faults().missReadNow(true);
    demo.write(65536, ByteBuffer.wrap(pattern(65536)));
    try (var client = server.connect().structured("demo")) {
      client.send(new ClientBytes().request(Command.READ, 1, 0, 131072));
      assertThat(client.chunk().type()).isEqualTo(Wire.CHUNK_OFFSET_HOLE);
      var data = client.chunk();
      assertThat(data.type()).isEqualTo(Wire.CHUNK_OFFSET_DATA);
      assertThat(data.done()).isTrue();
      assertThat(Arrays.copyOfRange(data.bytes(), 8, 8 + 65536)).isEqualTo(pattern(65536));
    }
  }

  @Test
  void dontFragmentIsOnePieceWhateverIsInIt() {
    demo.faults().missReadNow(true);
    try (var client = server.connect().structured("demo")) {
      client.send(
          new ClientBytes().request(Wire.CMD_FLAG_DF, Command.READ.code(), 1, 0, SIZE_BYTES));
      var all = client.chunk();
      assertThat(all.done()).isTrue();
      assertThat(all.type()).isEqualTo(Wire.CHUNK_OFFSET_DATA);
      assertThat(all.bytes()).hasSize(8 + SIZE_BYTES);
    }
  }

  @Test
  void aConnectionThatSaysGoodbyeHasItsRequestsFinishedFirst() {
    try (var client = server.connect().exportName("demo")) {
      try (var hold = demo.faults().hold(Call.WRITE)) {
        client.send(new ClientBytes().write(1, 0, new byte[] {5}).request(Command.DISC, 2, 0, 0));
        hold.awaitHeld(1);
      }
      assertThat(client.reply()).isEqualTo(new RawClient.Reply(0, 1));
      assertThat(client.readToEnd()).as("a reply to DISC").isZero();
      assertThat(demo.content()[0]).isEqualTo((byte) 5);
    }
  }

  @Test
  void aClientThatLeavesWithReadsUnderWayHurtsNobody() {
    demo.faults().missReadNow(true);
    try (var other = server.connect().exportName("demo")) {
      try (var hold = demo.faults().hold(Call.READ)) {
        try (var leaving = server.connect().exportName("demo")) {
          var many = new ClientBytes();
          for (int i = 0; i < 128; i++) many.request(Command.READ, i, 0, 4096);
          leaving.send(many);
          hold.awaitHeld(1);
        }
        demo.faults().missReadNow(false);
        assertThat(other.readData(0, 1)).containsExactly(0);
      }
      assertThat(other.call(Command.FLUSH, 0, 0).error()).isZero();
    }
    await()
        .untilAsserted(() -> {
          var metrics = server.host().metrics();
          assertThat(metrics.gauged("nbd_connections")).isZero();
          assertThat(metrics.gauged("nbd_budget_free_bytes")).isEqualTo(128 << 20);
        });
  }

  @Test
  void aHundredRequestsInOneSegmentAreAllAnswered() {
    demo.write(0, ByteBuffer.wrap(pattern(SIZE_BYTES)));
    try (var client = server.connect().exportName("demo")) {
      var many = new ClientBytes();
      for (int i = 0; i < 100; i++) many.request(Command.READ, i, i * 4096L, 4096);
      client.send(many);
      byte[] expected = pattern(SIZE_BYTES);
      for (int i = 0; i < 100; i++) {
        int at = (int) client.reply().cookie() * 4096;
        assertThat(client.read(4096)).isEqualTo(Arrays.copyOfRange(expected, at, at + 4096));
      }
    }
  }

  @Test
  void moreIsAskedForThanFitsIntoTheSocketAndAllOfItIsAnswered() {
    demo.write(0, ByteBuffer.wrap(pattern(SIZE_BYTES)));
    try (var client = server.connect().exportName("demo")) {
      var many = new ClientBytes();
      for (int i = 0; i < 200; i++) many.request(Command.READ, i, 0, SIZE_BYTES);
      client.send(many);
      for (int i = 0; i < 200; i++) {
        assertThat(client.reply().cookie()).isEqualTo(i);
        assertThat(client.read(SIZE_BYTES)).isEqualTo(pattern(SIZE_BYTES));
      }
    }
  }

  @Test
  void moreIsWrittenThanMayBeUnderWayAndAllOfItArrives() {
    try (var client = server.connect().exportName("demo")) {
      try (var hold = demo.faults().hold(Call.WRITE)) {
        var many = new ClientBytes();
        for (int i = 0; i < 300; i++) many.write(i, i * 512L, pattern(512));
        client.send(many);
        hold.awaitHeld(1);
        await()
            .untilAsserted(
                () -> assertThat(requestsUnderWay()).isEqualTo(256)); // the limit, and no more
      }
      for (int i = 0; i < 300; i++) assertThat(client.reply().error()).isZero();
      assertThat(client.readData(299 * 512, 512)).isEqualTo(pattern(512));
    }
  }

  private int requestsUnderWay() {
    var reply = TestServer.await(server.host().admin().call(Route.Method.GET, "/v1/connections"));
    return ((Reply.Body.Items) reply.body()).items().next().getInteger("requests_under_way");
  }

  static byte[] pattern(int bytes) {
    byte[] pattern = new byte[bytes];
    for (int i = 0; i < bytes; i++) pattern[i] = (byte) (i * 31 + (i >> 12));
    return pattern;
  }

  private static int[] descriptors(RawClient client) {
    var chunk = client.chunk();
    assertThat(chunk.type()).isEqualTo(Wire.CHUNK_BLOCK_STATUS);
    assertThat(chunk.done()).isTrue();
    ByteBuffer payload = chunk.payload();
    assertThat(payload.getInt()).as("context").isEqualTo(1);
    int[] values = new int[payload.remaining() / 4];
    payload.asIntBuffer().get(values);
    return values;
  }

  @Test
  void largeWritesArriveWholeWhereverTheStreamIsCutAndWhateverComesBehindThem() throws Exception {
    byte[] expected = new byte[LARGE * 4];
    var random = new Random(11);
    random.nextBytes(expected);
    var all = new ClientBytes();
    for (int i = 0; i < 4; i++) {
      all.write(i, (long) i * LARGE, Arrays.copyOfRange(expected, i * LARGE, (i + 1) * LARGE));
      all.request(Command.READ, 100 + i, 0, 1);
    }
    byte[] stream = all.toBytes();
    try (var server = TestServer.of(MemoryVolume.ofBytes(LARGE * 4));
        var client = server.connect().exportName("demo")) {
      for (int at = 0; at < stream.length; ) {
        int piece = Math.min(stream.length - at, 1 + random.nextInt(CUTS[at % CUTS.length]));
        client.send(Arrays.copyOfRange(stream, at, at + piece));
        at += piece;
      }
      for (int replies = 0; replies < 8; replies++) {
        RawClient.Reply reply = client.reply();
        assertThat(reply.error()).isZero();
        if (reply.cookie() >= 100) client.read(1);
      }
      var written = ByteBuffer.allocate(LARGE * 4);
      server.demo().read(0, written);
      assertThat(written.array()).isEqualTo(expected);
    }
  }

  @Test
  void aClientMakesTheVolumeLargerWhereItMayAndNobodyMakesItSmaller() {
    var settings =
        Map.of(
            "listen",
            List.of("tcp://127.0.0.1:0"),
            "exports",
            Map.of(
                "grows", Map.of("volume", "demo", "resize", "true"),
                "stays", Map.of("volume", "demo")));
    try (var server = TestServer.of(MemoryVolume.ofBytes(4096), settings, "grows");
        var growing = server.connect().exportName("grows");
        var other = server.connect().exportName("stays")) {
      assertThat(growing.call(Command.RESIZE, 8192, 0).error()).isZero();
      assertThat(growing.write(4096, new byte[512]).error()).isZero();
      assertThat(growing.call(Command.RESIZE, 4096, 0).error())
          .isEqualTo(ErrorNumber.EINVAL.code());
      assertThat(other.call(Command.RESIZE, 16384, 0).error()).isEqualTo(ErrorNumber.EINVAL.code());
      assertThat(server.demo().sizeBytes()).isEqualTo(8192);
    }
  }
}
