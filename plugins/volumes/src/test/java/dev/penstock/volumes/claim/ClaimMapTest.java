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
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ClaimMapTest {
  private static final UUID LAYER = UUID.fromString("7b1f9d2e-0000-4000-8000-000000000001");

  private final SimulatedDisk disk = new SimulatedDisk(Survivors.NONE, Names.STRICT);
  private final DiskFile file = disk.open("map", Opening.NEW);

  private ClaimMap read() {
    return ClaimMap.read(file, "the map", LAYER);
  }

  @Test
  void aMapOfManyPagesIsReadAsItWasWritten() {
    Random random = new Random(5);
    Claims claims = new Claims();
    PageModel[] models = new PageModel[600];
    for (int page = 0; page < models.length; page++) {
      models[page] = PageModel.random(random, page % 5 == 0 ? 2000 : page % 7);
      claims.put(3L * page, models[page].page);
    }
    new ClaimMap(claims, 41, true).write(file, LAYER);
    ClaimMap map = read();
    assertThat(map.lsn()).isEqualTo(41);
    assertThat(map.isFinal()).isTrue();
    for (int page = 0; page < models.length; page += 19)
      models[page].requireSame(map.claims().page(3L * page));
  }

  @Test
  void aBitThatIsAnotherAnywhereIsNoticed() {
    Claims claims = new Claims();
    claims.set(5, 100, GrainState.DATA);
    claims.set(70_000, 3, GrainState.ZERO);
    new ClaimMap(claims, 7, false).write(file, LAYER);
    ByteBuffer one = ByteBuffer.allocate(1);
    for (long at = 0; at < file.sizeBytes(); at++) {
      file.read(at, one.clear());
      byte was = one.get(0);
      file.write(at, one.put(0, (byte) (was ^ 0x10)).rewind());
      assertThatThrownBy(this::read)
          .as("byte %d", at)
          .isInstanceOfAny(GatewayError.Damaged.class, GatewayError.Unsupported.class);
      file.write(at, one.put(0, was).rewind());
    }
    assertThat(read().lsn()).isEqualTo(7);
  }

  @Test
  void aMapThatIsCutShortOrTooLongIsDamaged() {
    Claims claims = new Claims();
    claims.set(5, 100, GrainState.DATA);
    new ClaimMap(claims, 7, false).write(file, LAYER);
    long sizeBytes = file.sizeBytes();
    for (long cut : new long[] {0, 63, 64, 70, sizeBytes - 1, sizeBytes + 1}) {
      file.truncate(sizeBytes);
      file.truncate(cut);
      assertThatThrownBy(this::read).as("%d bytes", cut).isInstanceOf(GatewayError.Damaged.class);
      file.truncate(0);
      new ClaimMap(claims, 7, false).write(file, LAYER);
    }
  }
}
