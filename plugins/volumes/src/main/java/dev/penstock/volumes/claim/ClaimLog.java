package dev.penstock.volumes.claim;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.volumes.disk.DiskFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The claims of the layer that is written, in the order in which they became durable.
 *
 * <pre>
 *   header, in the first 512 of 4096 bytes
 *     "PSTKCLOG"  version u32  crc32c u32  layer 16 bytes  generation u64  firstLsn u64
 *   records of 32 bytes, 16 to a sector
 *     crc32c u32  state u8  place u24  lsn u64  firstGrain u64  count u64
 * </pre>
 *
 * Little-endian. The checksum of a record begins with the log's generation, which is another each
 * time that the log is begun anew: what the file held before can never be taken for a record.
 * Numbers follow each other without a gap; the first record that does not fit ends the log. A
 * record's place is how many of its round stand before it, so that {@link LogEnd} can tell a round
 * that a crash cut short from a record that has rotted; in version 1 it is 0 and says nothing.
 *
 * <p>The room for records is written in advance, so that a claim whose data is durable finds room,
 * and so that syncing it changes no metadata.
 *
 * <p><b>Threads.</b> {@link #reserve} by any; the others one at a time.
 */
public final class ClaimLog implements AutoCloseable {
  public static final int RECORD_BYTES = 32;

  static final int HEADER_BYTES = 4096;
  static final int VERSION = 2;

  /** The first whose records have a place. */
  static final int VERSION_WITH_PLACES = 2;

  /** The largest place that there is room for; who comes later in a round has it too. */
  static final int PLACE_MAX = (1 << 24) - 1;

  /** Room is made in steps of so many bytes; the first is what a snapshot has to write. */
  static final int STEP_BYTES = 64 << 10;

  private static final long MAGIC = 0x474f4c434b545350L; // "PSTKCLOG"
  private static final int HEADER_USED_BYTES = 48;

  /** So many records are read at a time. */
  private static final int READ_BYTES = 1 << 20;

  /** What a round takes while somebody flushes often. */
  private static final int FEW_BYTES = 64 * RECORD_BYTES;

  private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(STEP_BYTES).asReadOnlyBuffer();

  private final DiskFile file;
  private final String called;
  private final UUID layer;
  private int version = VERSION;
  private long generation;
  private long nextLsn;
  private long endBytes;
  private long roomBytes;
  private long reservedBytes; // for records that are still to come

  private ClaimLog(DiskFile file, String called, UUID layer) {
    this.file = file;
    this.called = called;
    this.layer = layer;
  }

  /** Makes an empty log of a file that is empty. Nothing is durable before the file is synced. */
  public static ClaimLog begun(DiskFile file, String called, UUID layer) {
    ClaimLog log = new ClaimLog(file, called, layer);
    log.writeHeader(1, 1);
    log.roomBytes = HEADER_BYTES;
    log.makeRoom(HEADER_BYTES + STEP_BYTES);
    return log;
  }

  /**
   * Reads a log.
   *
   * @param from what is not newer than this is in the map already
   * @param sink is given each claim after that, in order
   */
  public static ClaimLog replayed(
      DiskFile file, String called, UUID layer, long from, Run.Sink sink) {
    ClaimLog log = new ClaimLog(file, called, layer);
    log.roomBytes = file.sizeBytes();
    long firstLsn = log.readHeader();
    if (firstLsn > from + 1)
      throw new GatewayError.Damaged(
          "%s begins at %d, and the map of its layer ends at %d: what lies between is lost"
              .formatted(called, firstLsn, from));
    log.nextLsn = firstLsn;
    log.readRecords(from, sink);
    log.end().requireNoneLost(from);
    if (log.nextLsn <= from) log.nextLsn = from + 1;
    return log;
  }

  private long readHeader() {
    if (roomBytes < HEADER_BYTES) throw damaged("it has %d bytes".formatted(roomBytes));
    ByteBuffer header = ByteBuffer.allocate(HEADER_USED_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    file.read(0, header);
    header.flip();
    if (header.getLong(0) != MAGIC) throw damaged("it does not begin like one");
    if (header.getInt(8) > VERSION)
      throw new GatewayError.Unsupported(
          "%s has format %d, and this version reads up to %d; open it with the version that wrote it"
              .formatted(called, header.getInt(8), VERSION));
    int stored = header.getInt(12);
    header.putInt(12, 0);
    if (stored != crc(0, header, 0, HEADER_USED_BYTES))
      throw damaged("the checksum of its header is wrong");
    if (header.getLong(16) != layer.getMostSignificantBits()
        || header.getLong(24) != layer.getLeastSignificantBits())
      throw damaged("it is that of another layer");
    version = header.getInt(8);
    generation = header.getLong(32);
    endBytes = HEADER_BYTES;
    return header.getLong(40);
  }

  private void readRecords(long from, Run.Sink sink) {
    int atOnce = Math.clamp(roomBytes - endBytes, 0, READ_BYTES);
    ByteBuffer records = ByteBuffer.allocate(atOnce).order(ByteOrder.LITTLE_ENDIAN);
    while (endBytes + RECORD_BYTES <= roomBytes) {
      int length = (int) Math.min(READ_BYTES, roomBytes - endBytes) / RECORD_BYTES * RECORD_BYTES;
      file.read(endBytes, records.clear().limit(length));
      for (int at = 0; at < length; at += RECORD_BYTES)
        if (!readRecord(records, at, from, sink)) return;
    }
  }

  private boolean readRecord(ByteBuffer records, int at, long from, Run.Sink sink) {
    if (!isRecord(records, at, nextLsn)) return false;
    long lsn = nextLsn;
    int state = stateOf(records, at);
    if (lsn > from
        && !sink.accept(
            new Run(records.getLong(at + 16), records.getLong(at + 24), GrainState.of(state))))
      return false;
    nextLsn++;
    endBytes += RECORD_BYTES;
    return true;
  }

  /** Whether the record of that number stands there, whole. */
  private boolean isRecord(ByteBuffer records, int at, long lsn) {
    if (records.getLong(at + 8) != lsn) return false; // cheap, and mostly so after the end
    int state = stateOf(records, at);
    return state >= 0
        && state <= 2
        && records.getInt(at) == crc(generation, records, at + 4, RECORD_BYTES - 4);
  }

  private int stateOf(ByteBuffer records, int at) {
    int word = records.getInt(at + 4);
    return version >= VERSION_WITH_PLACES ? word & 0xff : word;
  }

  private LogEnd end() {
    return new LogEnd(
        file,
        called,
        new LogEnd.At(endBytes, roomBytes, nextLsn),
        version >= VERSION_WITH_PLACES,
        this::isRecord);
  }

  /** The number of the last record. */
  public long lastLsn() {
    return nextLsn - 1;
  }

  /** How much is to be read when the layer is opened. */
  public long recordsBytes() {
    return endBytes - HEADER_BYTES;
  }

  /**
   * Sees to it that there is room for records, before what they claim is written. {@link
   * GatewayError.NoSpace} if the disk has none.
   */
  public synchronized void reserve(int records) {
    long wanted = endBytes + reservedBytes + (long) records * RECORD_BYTES;
    if (wanted > roomBytes) makeRoom(wanted);
    reservedBytes += (long) records * RECORD_BYTES;
  }

  /** What was reserved is not needed: nothing was claimed, or it has become durable. */
  public synchronized void release(int records) {
    reservedBytes -= (long) records * RECORD_BYTES;
  }

  private void makeRoom(long wantedBytes) {
    while (roomBytes < wantedBytes) {
      file.write(roomBytes, ZEROES.duplicate());
      roomBytes += STEP_BYTES;
    }
  }

  /** Makes the claims durable, whose data is durable already. */
  public void append(Claims claims) {
    Records records = new Records();
    claims.forEach(records);
    if (records.bytes.position() == 0) return;
    synchronized (this) {
      if (endBytes + records.bytes.position() > roomBytes)
        makeRoom(endBytes + records.bytes.position());
    }
    file.write(endBytes, records.bytes.flip());
    syncForGood();
    synchronized (this) {
      endBytes += records.bytes.limit();
    }
    nextLsn = records.lsn;
  }

  /** What a full disk has lost while it was written back is lost: that is not tried again. */
  private void syncForGood() {
    try {
      file.dataSync();
    } catch (GatewayError.NoSpace e) {
      throw new GatewayError.Failed(Scope.RESOURCE, e.what(), e);
    }
  }

  /**
   * Begins anew, once a map holds everything up to {@link #lastLsn}: what was reserved is kept.
   * Durable on return.
   */
  public void beginAnew() {
    writeHeader(generation + 1, nextLsn);
    file.dataSync();
  }

  private void writeHeader(long newGeneration, long firstLsn) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_USED_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(MAGIC).putInt(VERSION).putInt(0);
    header.putLong(layer.getMostSignificantBits()).putLong(layer.getLeastSignificantBits());
    header.putLong(newGeneration).putLong(firstLsn);
    header.putInt(12, crc(0, header, 0, HEADER_USED_BYTES));
    file.write(0, header.flip());
    synchronized (this) {
      version = VERSION;
      generation = newGeneration;
      nextLsn = firstLsn;
      endBytes = HEADER_BYTES;
    }
  }

  /** As bytes, to be written at once. */
  private final class Records implements Run.Sink {
    private ByteBuffer bytes = ByteBuffer.allocate(FEW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long lsn = nextLsn;

    @Override
    public boolean accept(Run run) {
      if (bytes.remaining() < RECORD_BYTES)
        bytes =
            ByteBuffer.allocate(2 * bytes.capacity())
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(bytes.flip());
      int at = bytes.position();
      int place = (int) Math.min(lsn - nextLsn, PLACE_MAX);
      bytes.putInt(0).putInt(run.state().code() | place << 8).putLong(lsn++);
      bytes.putLong(run.first()).putLong(run.count());
      bytes.putInt(at, crc(generation, bytes, at + 4, RECORD_BYTES - 4));
      return true;
    }
  }

  static int crc(long seed, ByteBuffer bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    for (int i = 0; i < Long.BYTES; i++) crc.update((int) (seed >>> (8 * i)));
    crc.update(bytes.slice(from, length));
    return (int) crc.getValue();
  }

  private GatewayError.Damaged damaged(String why) {
    return new GatewayError.Damaged("%s is no log of claims: %s".formatted(called, why));
  }

  @Override
  public void close() {
    file.close();
  }
}
