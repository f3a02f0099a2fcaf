package dev.penstock.volumes.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a log that ends too early is taken for: a crash, or records that have rotted. */
class LogEndTest {
  private static final UUID LAYER = new UUID(1, 2);
  private static final int SECTOR_BYTES = 512;
  private static final int RECORDS_PER_SECTOR = SECTOR_BYTES / ClaimLog.RECORD_BYTES;

  private final SimulatedDisk disk = new SimulatedDisk(Survivors.ALL, Names.JOURNALED);
  private final DiskFile file = disk.open("log", Opening.NEW);
  private final ClaimLog log = ClaimLog.begun(file, "the log", LAYER);
  private long firstGrain;

  /** As one round of so many records. */
  private void append(int records) {
    Claims round = new Claims();
    for (int i = 0; i < records; i++, firstGrain += 2) round.set(firstGrain, 1, GrainState.DATA);
    log.append(round);
  }

  private List<Long> replayed(long from) {
    List<Long> grains = new ArrayList<>();
    var _ =
        ClaimLog.replayed(
            file,
            "the log",
            LAYER,
            from,
            run -> {
              grains.add(run.first());
              return true;
            });
    return grains;
  }

  private static long offsetOf(int record) {
    return ClaimLog.HEADER_BYTES + (long) record * ClaimLog.RECORD_BYTES;
  }

  private void zero(long offset, int lengthBytes) {
    file.write(offset, ByteBuffer.allocate(lengthBytes));
  }

  private void rot(int record) {
    ByteBuffer one = ByteBuffer.allocate(1);
    file.read(offsetOf(record) + 17, one);
    file.write(offsetOf(record) + 17, one.put(0, (byte) ~one.get(0)).flip());
  }

  /** Of its seven sectors any may be there; what comes after the first that is not is not read. */
  @Test
  void roundsThatACrashCutShortEndTheLogWhicheverSectorsAreThere() {
    append(5);
    append(100);
    int sectors = 7;
    ByteBuffer whole = ByteBuffer.allocate(sectors * SECTOR_BYTES);
    file.read(ClaimLog.HEADER_BYTES, whole);

    for (int there = 0; there < 1 << sectors; there++) {
      file.write(ClaimLog.HEADER_BYTES, whole.flip());
      for (int sector = 0; sector < sectors; sector++) {
        int first = Math.max(5, sector * RECORDS_PER_SECTOR);
        if ((there >> sector & 1) == 0)
          zero(
              offsetOf(first),
              (int) (offsetOf((sector + 1) * RECORDS_PER_SECTOR) - offsetOf(first)));
      }
      int complete = Math.min(105, Integer.numberOfTrailingZeros(~there) * RECORDS_PER_SECTOR);
      assertThat(replayed(0))
          .as("sectors %7s", Integer.toBinaryString(there))
          .hasSize(Math.max(5, complete));
    }
  }

  @Test
  void recordsThatRottedBeforeOthersOfTheirSectorAreMissed() {
    append(3);
    rot(1);

    assertThatThrownBy(() -> replayed(0))
        .isInstanceOf(GatewayError.Damaged.class)
        .hasMessageContaining("the log: record 2 is not what was written, and record 3");
  }

  @Test
  void sectorsThatAreGoneBeforeALaterRoundAreMissed() {
    append(40);
    append(1);
    zero(offsetOf(RECORDS_PER_SECTOR), 2 * SECTOR_BYTES - 9 * ClaimLog.RECORD_BYTES);

    assertThatThrownBy(() -> replayed(0))
        .isInstanceOf(GatewayError.Damaged.class)
        .hasMessageContaining("record 17 is not what was written, and record 41");
  }

  @Test
  void whatTheMapHoldsIsNotMissed() {
    append(3);
    rot(1);

    assertThat(replayed(3)).isEmpty();
    assertThatThrownBy(() -> replayed(1)).isInstanceOf(GatewayError.Damaged.class);
  }

  @Test
  void recordsOfAnEarlierLogAreNoneOfThisOne() {
    append(100);
    log.beginAnew();
    append(1);

    assertThat(replayed(100)).containsExactly(200L);
  }

  /** Places are zero in it, and say nothing. */
  @Test
  void logsOfTheFirstVersionAreRead() {
    append(1);
    append(1);
    ByteBuffer header = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
    file.read(0, header);
    header.putInt(8, 1).putInt(12, 0);
    header.putInt(12, ClaimLog.crc(0, header, 0, 48));
    file.write(0, header.flip());

    assertThat(replayed(0)).containsExactly(0L, 2L);
    rot(0);
    assertThatThrownBy(() -> replayed(0)).hasMessageContaining("record 1 is not");
  }
}
