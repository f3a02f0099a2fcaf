package dev.penstock.replication.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Extent.Kind;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WordingTest {
  private final List<Extent> got = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{\"extents\":[]}",
        "{\"extents\":[[0,\"data\"]]}",
        "{\"extents\":[[-1,\"data\"]]}",
        "{\"extents\":[[101,\"data\"]]}",
        "{\"extents\":[[60,\"data\"],[60,\"hole\"]]}",
        "{\"extents\":[[1,\"stone\"]]}",
        "{\"extents\":[1]}"
      })
  void extentsThatCannotBeAreRefused(String said) {
    assertThatThrownBy(() -> Wording.extents(Buffer.buffer(said), 100))
        .isInstanceOf(GatewayError.Invalid.class);
  }

  @Test
  void anAnswerHasSoManyExtentsAtMost() {
    int grains = ForwardApi.EXTENTS_MAX + 10;
    MemoryVolume volume = MemoryVolume.named("demo", 2L * 4096 * grains);
    for (int i = 0; i < grains; i++)
      volume.write(2L * 4096 * i, ByteBuffer.allocate(4096).put((byte) 1).rewind());

    Buffer said = Wording.extents(volume, 0, volume.sizeBytes()).toBuffer();

    assertThat(Wording.extents(said, volume.sizeBytes()).kinds()).hasSize(ForwardApi.EXTENTS_MAX);
    assertThat(said.length()).isLessThan(ForwardApi.ANSWER_BYTES_MAX);
  }

  @Test
  void extentsOfSeveralAnswersAreJoinedWhereTheyTouch() {
    var joined = new JoinedExtents(100, this::wants);
    joined.add(10, Kind.DATA);
    joined.add(5, Kind.DATA);
    joined.add(1, Kind.HOLE);
    joined.add(2, Kind.DATA);
    joined.end();

    assertThat(got)
        .containsExactly(
            new Extent(100, 15, Kind.DATA),
            new Extent(115, 1, Kind.HOLE),
            new Extent(116, 2, Kind.DATA));
  }

  private boolean wants(Extent one) {
    return got.add(one);
  }
}
