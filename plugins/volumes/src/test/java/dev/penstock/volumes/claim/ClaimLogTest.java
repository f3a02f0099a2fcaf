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
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ClaimLogTest {
  private static final UUID LAYER = UUID.fromString("7b1f9d2e-0000-4000-8000-000000000001");

  private final SimulatedDisk disk = new SimulatedDisk(Survivors.NONE, Names.STRICT);
  private final DiskFile file = disk.open("log", Opening.NEW);
  private final ClaimLog log = ClaimLog.begun(file, "the log", LAYER);

  private void append(Run... runs) {
    Claims claims = new Claims();
    for (Run run : runs) claims.set(run.first(), run.count(), run.state());
    log.append(claims);
  }

  private List<Run> replayed(long from) {
    List<Run> runs = new ArrayList<>();
    var _ = replay(from, runs);
    return runs;
  }

  private ClaimLog replay(long from, List<Run> runs) {
    return ClaimLog.replayed(file, "the log", LAYER, from, runs::add);
  }

  private static Run data(long first, long count) {
    return new Run(first, count, GrainState.DATA);
  }

  /** Flips a bit of a record. */
  private void rot(int record) {
    long at = ClaimLog.HEADER_BYTES + (long) record * ClaimLog.RECORD_BYTES + 20;
    ByteBuffer one = ByteBuffer.allocate(1);
    file.read(at, one);
    file.write(at, one.put(0, (byte) (one.get(0) ^ 1)).rewind());
  }

  @Test
  void whatWasAppendedIsReplayedInOrder() {
    append(data(7, 3));
    append(data(2, 1), new Run(9, 40_000, GrainState.ZERO));
    assertThat(replayed(0))
        .containsExactly(data(7, 3), data(2, 1), new Run(9, 40_000, GrainState.ZERO));
  }

  @Test
  void whatAMapHasAlreadyIsNotReplayed() {
    append(data(1, 1));
    append(data(5, 1));
    assertThat(replayed(1)).containsExactly(data(5, 1));
  }

  @Test
  void moreThanOneStepOfRoomIsReplayed() {
    for (int i = 0; i < 5000; i++) append(data(2L * i, 1));
    assertThat(replayed(0)).hasSize(5000).last().isEqualTo(data(9998, 1));
  }

  @Test
  void aRecordThatIsNotWhatWasWrittenEndsTheLog() {
    append(data(1, 1));
    append(data(3, 1));
    rot(1);
    assertThat(replayed(0)).containsExactly(data(1, 1));
  }

  @Test
  void whatTheFileHeldBeforeItWasBegunAnewNeverComesBack() {
    for (int i = 0; i < 10; i++) append(data(2L * i, 1));
    log.beginAnew();
    append(data(100, 1));
    assertThat(replayed(10)).containsExactly(data(100, 1));
  }

  @Test
  void aLogThatBeginsAfterItsMapEndsIsDamaged() {
    append(data(1, 1));
    append(data(3, 1));
    log.beginAnew();
    assertThatThrownBy(() -> replayed(1))
        .isInstanceOf(GatewayError.Damaged.class)
        .hasMessageContaining("begins at 3")
        .hasMessageContaining("ends at 1");
  }

  @Test
  void theLogOfAnotherLayerIsRefused() {
    assertThatThrownBy(() -> ClaimLog.replayed(file, "the log", UUID.randomUUID(), 0, _ -> true))
        .isInstanceOf(GatewayError.Damaged.class)
        .hasMessageContaining("another layer");
  }

  @Test
  void whatWasAppendedIsDurable() {
    file.sync();
    disk.syncDirectory("");
    append(data(1, 1));
    SimulatedDisk after = disk.powerOn();
    List<Run> runs = new ArrayList<>();
    var _ = ClaimLog.replayed(after.open("log", Opening.EXISTING), "the log", LAYER, 0, runs::add);
    assertThat(runs).containsExactly(data(1, 1));
  }

  @Test
  void whatWasReservedFindsRoomOnAFullDisk() {
    int records = 3 * ClaimLog.STEP_BYTES / ClaimLog.RECORD_BYTES;
    log.reserve(records);
    disk.leaveFree(0);
    Claims claims = new Claims();
    for (int i = 0; i < records; i++) claims.set(2L * i, 1, GrainState.DATA);
    log.append(claims);
    assertThat(replayed(0)).hasSize(records);
  }

  @Test
  void aFullDiskIsNoticedWhenRoomIsReserved() {
    disk.leaveFree(0);
    int records = 2 * ClaimLog.STEP_BYTES / ClaimLog.RECORD_BYTES;
    assertThatThrownBy(() -> log.reserve(records)).isInstanceOf(GatewayError.NoSpace.class);
  }

  @Test
  void whatComesAfterAReplayIsTheNext() {
    append(data(1, 1));
    ClaimLog again = replay(0, new ArrayList<>());
    Claims claims = new Claims();
    claims.set(3, 1, GrainState.ZERO);
    again.append(claims);
    assertThat(again.lastLsn()).isEqualTo(2);
    assertThat(replayed(0)).containsExactly(data(1, 1), new Run(3, 1, GrainState.ZERO));
  }
}
