package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.BlockStreamDecoder;
import dev.penstock.spi.stream.BlockStreamEncoder;
import dev.penstock.spi.stream.BlockStreamSink;
import dev.penstock.spi.stream.Deflated;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.RecordCompression;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots travel as bytes: whole, cut off at any record, and damaged on their way. */
abstract class SnapshotStreamContract extends SnapshotReceiveContract {
  private static final String COPY = "copy";
  private static final List<RecordCompression> COMPRESSIONS = List.of(new Deflated());
  private static final int FLIPS = 150;

  @ParameterizedTest(name = "compressed: {0}")
  @ValueSource(booleans = {false, true})
  void streamsBringSnapshotsBitForBit(boolean compressed) {
    if (!receives()) return;
    SnapshotInfo first = firstDay();
    SnapshotInfo second = secondDay();

    receive(encoded(Optional.empty(), first, 0, compressed));
    receive(encoded(Optional.of(first.guid()), second, 0, compressed));

    assertThat(snapshots().list(COPY)).containsExactly(first, second);
    assertSame(shown(store, COPY, first), shown(first), "the first day");
    assertSame(shown(store, COPY, second), shown(second), "the second day");
    assertSame(content(COPY), shown(second), "the volume");
  }

  @ParameterizedTest(name = "compressed: {0}")
  @ValueSource(booleans = {false, true})
  void streamsThatAreCutOffAtAnyRecordGoOn(boolean compressed) {
    if (!receives()) return;
    SnapshotInfo first = firstDay();
    SnapshotInfo second = secondDay();
    int records = goesOnFromAnyCut(Optional.empty(), first, compressed);
    assertThat(records).isGreaterThan(5);

    receive(encoded(Optional.empty(), first, 0, compressed));
    goesOnFromAnyCut(Optional.of(first), second, compressed);
  }

  private int goesOnFromAnyCut(Optional<SnapshotInfo> base, SnapshotInfo sent, boolean compressed) {
    Optional<UUID> from = base.map(SnapshotInfo::guid);
    List<byte[]> pieces = encoded(from, sent, 0, compressed);
    for (int cut = 0; cut < pieces.size(); cut++) {
      StreamHeader header = header(from, sent);
      try (var arriving = new Arriving(snapshots())) {
        var decoder = new BlockStreamDecoder(arriving, COMPRESSIONS);
        for (byte[] piece : pieces.subList(0, cut)) decoder.decode(ByteBuffer.wrap(piece));
        decoder.decode(ByteBuffer.wrap(pieces.get(cut), 0, pieces.get(cut).length / 2));
        assertThatThrownBy(decoder::finish).isInstanceOf(GatewayError.Damaged.class);
      }
      if (cut % 3 == 0) reopen();
      long here;
      try (Receiving receiving = snapshots().receive(COPY, header)) {
        here = receiving.offset();
      }

      receive(encoded(from, sent, here, compressed));

      SnapshotInfo arrived = snapshots().list(COPY).getLast();
      assertThat(arrived).as("cut in piece %d", cut).isEqualTo(sent);
      assertSame(shown(store, COPY, arrived), shown(sent), "cut in piece " + cut);
      if (base.isEmpty()) store.remove(COPY);
      else undo(base.get(), sent);
    }
    return pieces.size();
  }

  private void undo(SnapshotInfo base, SnapshotInfo sent) {
    snapshots().rollback(COPY, base.guid());
    assertThat(result(snapshots().destroy(COPY, List.of(sent.guid())), sent.guid())).isEmpty();
  }

  @Test
  void streamsWithAFlippedBitBringNoSnapshot() {
    if (!receives()) return;
    SnapshotInfo sent = firstDay();
    byte[] stream = joined(encoded(Optional.empty(), sent, 0, true));
    Random random = new Random(3);
    for (int flip = 0; flip < FLIPS; flip++) {
      int at = flip < 120 ? flip : random.nextInt(stream.length);
      stream[at] ^= (byte) (1 << flip % 8);
      try (var arriving = new Arriving(snapshots())) {
        assertThatThrownBy(() -> decode(stream, arriving))
            .as("byte %d", at)
            .isInstanceOf(GatewayError.class);
        arriving.discard();
      }
      assertThat(store.list()).extracting(VolumeInfo::name).doesNotContain(COPY);
      stream[at] ^= (byte) (1 << flip % 8);
    }
    receive(List.of(stream));
    assertSame(content(COPY), shown(sent), "the stream as it was sent");
  }

  private SnapshotInfo firstDay() {
    try (Volume volume = store.openVolume(VOLUME)) {
      for (int at = 0; at < SIZE; at += 150_000)
        volume.write(at, ByteBuffer.wrap(bytes(at, Math.min(90_000, SIZE - at))));
    }
    return take("monday");
  }

  private SnapshotInfo secondDay() {
    try (Volume volume = store.openVolume(VOLUME)) {
      volume.zero(40_000, 200_000, ZeroMode.MAY_PUNCH);
      for (int at = 3_000; at < SIZE; at += 300_000)
        volume.write(at, ByteBuffer.wrap(new byte[5_000]));
      volume.write(SIZE - 3, ByteBuffer.wrap(bytes(9, 3)));
    }
    return take("tuesday");
  }

  private StreamHeader header(Optional<UUID> from, SnapshotInfo sent) {
    try (BlockSource source = snapshots().send(VOLUME, from, sent.guid(), 0)) {
      return source.header();
    }
  }

  /** Header, records, end: one after the other. */
  private List<byte[]> encoded(
      Optional<UUID> from, SnapshotInfo sent, long offset, boolean compressed) {
    List<byte[]> pieces = new ArrayList<>();
    try (BlockSource source = snapshots().send(VOLUME, from, sent.guid(), offset)) {
      var encoder =
          new BlockStreamEncoder(
              source, compressed ? Optional.of(new Deflated()) : Optional.empty());
      ByteBuffer room = ByteBuffer.allocate(BlockStreamEncoder.ROOM_BYTES);
      while (encoder.next(room.clear())) {
        byte[] piece = new byte[room.flip().remaining()];
        room.get(piece);
        pieces.add(piece);
      }
    }
    return pieces;
  }

  private static byte[] joined(List<byte[]> pieces) {
    ByteBuffer all = ByteBuffer.allocate(pieces.stream().mapToInt(piece -> piece.length).sum());
    pieces.forEach(all::put);
    return all.array();
  }

  private void receive(List<byte[]> pieces) {
    try (var arriving = new Arriving(snapshots())) {
      decode(joined(pieces), arriving);
    }
  }

  /** As a socket gives them: in pieces that have nothing to do with records. */
  private static void decode(byte[] stream, BlockStreamSink sink) {
    var decoder = new BlockStreamDecoder(sink, COMPRESSIONS);
    for (int at = 0; at < stream.length; at += 7_777)
      decoder.decode(ByteBuffer.wrap(stream, at, Math.min(7_777, stream.length - at)));
    decoder.finish();
  }

  /** What comes goes into a store; what is not complete is left off. */
  private static final class Arriving implements BlockStreamSink, AutoCloseable {
    private final SnapshotStore store;
    private Optional<Receiving> receiving = Optional.empty();

    Arriving(SnapshotStore store) {
      this.store = store;
    }

    @Override
    public void header(StreamHeader header) {
      receiving = Optional.of(store.receive(COPY, header));
    }

    @Override
    public void data(long offset, ByteBuffer bytes) {
      receiving.orElseThrow().data(offset, bytes);
    }

    @Override
    public void zero(long offset, long lengthBytes) {
      receiving.orElseThrow().zero(offset, lengthBytes);
    }

    @Override
    public void end() {
      receiving.orElseThrow().complete();
    }

    void discard() {
      receiving.ifPresent(Receiving::discard);
    }

    @Override
    public void close() {
      receiving.ifPresent(Receiving::close);
    }
  }
}
