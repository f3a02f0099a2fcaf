package dev.penstock.nbd.upstream;

import static dev.penstock.nbd.client.Samples.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.client.FakeServer;
import dev.penstock.nbd.client.FakeServer.Script;
import dev.penstock.nbd.client.FakeServer.Seen;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.spi.volume.Volume;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** flexnbd-proxy's prefetch: what is asked of the volume, and what of the server. */
@Timeout(60)
class ReadAheadTest {
  private static final int SIZE = 1 << 20;
  private static final Map<String, String> ON = Map.of("read_ahead", "4KiB");

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          one after the other  | r0:512 r512:512 r1024:512    | r0:1024 r1024:1024
          inside, again        | r0:512 r600:100 r512:512     | r0:1024
          partly inside        | r0:512 r900:512              | r0:1024 r900:1024
          before               | r512:512 r0:512              | r512:1024 r0:1024
          as long as may be    | r0:4096 r4096:4096           | r0:8192
          longer               | r0:4097 r4097:512            | r0:4097 r4097:1024
          longer one empties   | r0:512 r8192:5000 r512:512   | r0:1024 r8192:5000 r512:1024
          to the very end      | r1047552:512 r1048064:512    | r1047552:1024
          past the end doubled | r1048064:512                 | r1048064:512
          a write empties      | r0:512 w900:10 r512:512      | r0:1024 w900:10 r512:1024
          a write far away too | r0:512 w90000:10 r512:512    | r0:1024 w90000:10 r512:1024
          a flush empties      | r0:512 f0:0 r512:512         | r0:1024 f0:0 r512:1024
          a trim empties       | r0:512 t4096:512 r512:512    | r0:1024 t4096:512 r512:1024
          """)
  void asksForTwiceAsMuchAndKeepsTheSecondHalf(String name, String asked, String sent) {
    try (var server = FakeServer.of(SIZE, FakeServer.serve());
        var store = TestStore.of(server.uri(), ON, Map.of())) {
      Volume volume = store.open();
      long hits = 0;

      for (String one : asked.split(" ", -1)) {
        int before = server.seen.size();
        carryOut(volume, server, one);
        if (server.seen.size() == before) hits++;
      }

      assertThat(server.seen.stream().map(ReadAheadTest::text).collect(Collectors.joining(" ")))
          .as(name)
          .isEqualTo(sent);
      assertThat(store.counted("upstream_read_ahead_hits")).isEqualTo(hits);
    }
  }

  private static void carryOut(Volume volume, FakeServer server, String asked) {
    long offset = Long.parseLong(asked.substring(1, asked.indexOf(':')));
    int bytes = Integer.parseInt(asked.substring(asked.indexOf(':') + 1));
    switch (asked.charAt(0)) {
      case 'r' ->
          assertThat(read(volume, offset, bytes))
              .isEqualTo(Arrays.copyOfRange(server.disk, (int) offset, (int) offset + bytes));
      case 'w' -> volume.write(offset, ByteBuffer.allocate(bytes));
      case 't' -> volume.trim(offset, bytes);
      default -> volume.flush();
    }
  }

  private static String text(Seen request) {
    char command = request.command().name().toLowerCase(Locale.ROOT).charAt(0);
    return "%c%d:%d".formatted(command, request.offset(), request.lengthBytes());
  }

  @Test
  void aReconnectEmptiesIt() {
    try (var server = FakeServer.of(SIZE, FakeServer.serve());
        var store = TestStore.of(server.uri(), ON, Map.of())) {
      Volume volume = store.open();
      read(volume, 0, 512);
      server.cut();
      await().until(() -> store.counted("upstream_connects") == 2);
      server.disk[600] ^= 1;

      assertThat(read(volume, 512, 512)).isEqualTo(Arrays.copyOfRange(server.disk, 512, 1024));
    }
  }

  @Test
  void anErrorInTheHalfThatNobodyAskedForIsNobodysError() {
    try (var server =
            FakeServer.of(
                SIZE,
                session -> {
                  session.greet();
                  session.fail(session.next(), ErrorNumber.EIO.code());
                  session.serve();
                });
        var store = TestStore.of(server.uri(), ON, Map.of())) {
      assertThat(read(store.open(), 0, 512)).isEqualTo(Arrays.copyOf(server.disk, 512));
      assertThat(server.seen).extracting(Seen::lengthBytes).containsExactly(1024, 512);
    }
  }

  @Test
  void oneReadAtATimeIsSentTwiceAsLongSoThatAServerThatIsAwayHoldsNoMoreMemoryThanThat()
      throws Exception {
    Script answersBothTogether =
        session -> {
          session.greet();
          List<Seen> both = List.of(session.next(), session.next());
          for (Seen read : both) session.answer(read);
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, answersBothTogether);
        var store = TestStore.of(server.uri(), ON, Map.of());
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      Volume volume = store.open();

      Future<byte[]> one = callers.submit(() -> read(volume, 0, 512));
      Future<byte[]> other = callers.submit(() -> read(volume, 8192, 512));

      assertThat(one.get()).isEqualTo(Arrays.copyOf(server.disk, 512));
      assertThat(other.get()).isEqualTo(Arrays.copyOfRange(server.disk, 8192, 8704));
      assertThat(server.seen).extracting(Seen::lengthBytes).containsExactlyInAnyOrder(1024, 512);
      read(volume, 16_384, 512);
      assertThat(server.seen.getLast().lengthBytes()).as("once that has ended").isEqualTo(1024);
    }
  }

  @Test
  void nothingIsKeptThatMayBeOlderThanAChange() {
    var readAhead = new ReadAhead(4096);
    ByteBuffer target = ByteBuffer.allocate(512);

    readAhead.change();
    assertThat(readAhead.ask(0, 512, SIZE)).as("beside a change").isEqualTo(ReadAhead.AS_IT_IS);
    readAhead.changed();

    long ticket = readAhead.ask(0, 512, SIZE);
    readAhead.change();
    readAhead.changed();
    readAhead.keep(ticket, 512, ByteBuffer.allocate(512));
    readAhead.ended();
    assertThat(readAhead.answer(512, target)).as("a change came and went meanwhile").isFalse();

    readAhead.keep(readAhead.ask(0, 512, SIZE), 512, ByteBuffer.allocate(512));
    assertThat(readAhead.answer(512, target)).isTrue();
    assertThat(readAhead.answer(511, target)).isFalse();
    assertThat(readAhead.answer(513, target)).isFalse();
  }
}
