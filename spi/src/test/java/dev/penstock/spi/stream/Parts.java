package dev.penstock.spi.stream;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A list of parts: a source that gives them, a sink that gathers them, and text to compare. */
final class Parts implements BlockSource, BlockStreamSink {
  static final UUID VOLUME = UUID.fromString("11111111-2222-4333-8444-555555555555");
  static final UUID FROM = UUID.fromString("aaaaaaaa-0000-4000-8000-000000000001");
  static final UUID TO = UUID.fromString("bbbbbbbb-0000-4000-8000-000000000002");

  private final List<Part> parts = new ArrayList<>();
  private final List<String> seen = new ArrayList<>();
  private StreamHeader header;
  private int next;
  private boolean ended;

  /** One without bytes is zero. */
  private record Part(long offset, long lengthBytes, Optional<ByteBuffer> bytes) {}

  Parts(StreamHeader header) {
    this.header = header;
  }

  /** Where nobody knows yet what will come. */
  static Parts awaited() {
    return new Parts(header(0, 0));
  }

  static StreamHeader header(long sizeBytes, long offset) {
    return new StreamHeader(
        VOLUME,
        Optional.of(FROM),
        TO,
        "monday",
        Instant.parse("2026-01-02T03:04:05.000000006Z"),
        sizeBytes,
        offset);
  }

  Parts data(long offset, byte[] bytes) {
    parts.add(new Part(offset, bytes.length, Optional.of(ByteBuffer.wrap(bytes))));
    return this;
  }

  Parts zeroes(long offset, long lengthBytes) {
    parts.add(new Part(offset, lengthBytes, Optional.empty()));
    return this;
  }

  boolean hasEnded() {
    return ended;
  }

  /** Header and parts, a line each. */
  List<String> lines() {
    List<String> lines = new ArrayList<>(List.of(header.toString()));
    for (Part part : parts)
      lines.add(
          part.bytes()
              .map(bytes -> line(part.offset(), bytes))
              .orElse("%d: %d zeroes".formatted(part.offset(), part.lengthBytes())));
    return lines;
  }

  List<String> seen() {
    return seen;
  }

  private static String line(long offset, ByteBuffer bytes) {
    return offset + ": " + HexFormat.of().formatHex(array(bytes));
  }

  @Override
  public StreamHeader header() {
    return header;
  }

  @Override
  public Optional<Piece> next(ByteBuffer buffer) {
    if (next == parts.size()) return Optional.empty();
    Part part = parts.get(next++);
    part.bytes().ifPresent(bytes -> buffer.clear().put(bytes.duplicate()).flip());
    return Optional.of(
        part.bytes().isPresent()
            ? new Data(part.offset(), part.lengthBytes())
            : new Zero(part.offset(), part.lengthBytes()));
  }

  @Override
  public void close() {}

  @Override
  public void header(StreamHeader header) {
    this.header = header;
    seen.add(header.toString());
  }

  @Override
  public void data(long offset, ByteBuffer bytes) {
    seen.add(line(offset, bytes));
  }

  @Override
  public void zero(long offset, long lengthBytes) {
    seen.add("%d: %d zeroes".formatted(offset, lengthBytes));
  }

  @Override
  public void end() {
    ended = true;
  }

  /** All bytes of the stream of these parts. */
  byte[] encoded(Optional<RecordCompression> compression) {
    var encoder = new BlockStreamEncoder(this, compression);
    byte[] all = new byte[0];
    ByteBuffer room = ByteBuffer.allocate(BlockStreamEncoder.ROOM_BYTES);
    while (encoder.next(room.clear())) {
      byte[] more = array(room.flip());
      all = Arrays.copyOf(all, all.length + more.length);
      System.arraycopy(more, 0, all, all.length - more.length, more.length);
    }
    return all;
  }

  byte[] encoded() {
    return encoded(Optional.empty());
  }

  static byte[] array(ByteBuffer bytes) {
    byte[] array = new byte[bytes.remaining()];
    bytes.duplicate().get(array);
    return array;
  }
}
