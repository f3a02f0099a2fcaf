package dev.penstock.p2p.annex;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.disk.Disk.Opening;
import dev.penstock.p2p.disk.LinuxDisk;
import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.p2p.flow.MemoryShares;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class FileStreamTest {
  private static final int SIZE = 1_000_000;

  @TempDir Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final byte[] content = new byte[SIZE];
  private OpenFile file;

  @BeforeEach
  void write() {
    new Random(1).nextBytes(content);
    file =
        new LinuxDisk().open(RawPath.of(folder.resolve("content")), Opening.EITHER).orElseThrow();
    file.write(ByteBuffer.wrap(content), 0);
  }

  @AfterEach
  void close() {
    file.close();
    Settled.settled(vertx.close());
  }

  private FileStream stream(MemoryShares shares, int offset) {
    var context = FakeKeyStoreContext.of("data", TestSettings.block("data", Map.of()), vertx);
    return new FileStream(context, shares, file, offset, SIZE - offset);
  }

  /** All that comes, read a piece at a time. */
  private List<Buffer> pieces(FileStream stream) {
    List<Buffer> pieces = new ArrayList<>();
    Promise<Void> end = Promise.promise();
    vertx
        .getOrCreateContext()
        .runOnContext(_ -> {
          stream.pause();
          stream.exceptionHandler(end::fail);
          stream.endHandler(end::complete);
          stream.handler(piece -> {
            pieces.add(piece);
            stream.fetch(1);
          });
          stream.fetch(1);
        });
    Settled.done(end.future());
    return pieces;
  }

  private static byte[] joined(List<Buffer> pieces) {
    Buffer all = Buffer.buffer();
    pieces.forEach(all::appendBuffer);
    return all.getBytes();
  }

  @Test
  void withoutAShareAllOfItComesInSmallPieces() {
    List<Buffer> pieces = pieces(stream(new MemoryShares(0), 0));

    assertThat(joined(pieces)).isEqualTo(content);
    assertThat(pieces).allMatch(piece -> piece.length() <= FileStream.SMALL_PIECE_BYTES);
  }

  @Test
  void withAShareItComesInLargePiecesAndTheShareIsGivenBackAtTheEnd() {
    MemoryShares shares = new MemoryShares(1);

    List<Buffer> pieces = pieces(stream(shares, 0));

    assertThat(joined(pieces)).isEqualTo(content);
    assertThat(pieces.getFirst().length()).isEqualTo(FileStream.PIECE_BYTES);
    assertThat(shares.left()).isOne();
  }

  @Test
  void whatIsStoppedGivesItsShareBackOnce() {
    MemoryShares shares = new MemoryShares(1);
    FileStream stream = stream(shares, 0);
    Promise<Void> first = Promise.promise();
    vertx
        .getOrCreateContext()
        .runOnContext(_ -> {
          stream.handler(_ -> {
            stream.pause();
            first.tryComplete();
          });
        });
    Settled.done(first.future());
    assertThat(shares.left()).isZero();

    stream.stop();
    stream.stop();

    assertThat(shares.left()).isOne();
  }

  @Test
  void aFileThatBecameShorterIsAFailureAndTheShareIsGivenBack() throws Exception {
    MemoryShares shares = new MemoryShares(1);
    FileStream stream = stream(shares, 0);
    file.channel().truncate(10);
    Promise<Void> failed = Promise.promise();
    vertx
        .getOrCreateContext()
        .runOnContext(_ -> {
          stream.exceptionHandler(failed::fail);
          stream.handler(_ -> {});
        });

    assertThat(Settled.failure(failed.future())).hasMessageContaining("ends at 10");
    assertThat(shares.left()).isOne();
  }
}
