package dev.penstock.replication.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class PieceMemoryTest {
  @Test
  void aPieceStaysAsItIsUntilAsManyHaveFollowed() {
    var memory = new PieceMemory(3);
    ByteBuffer first = memory.next();
    ByteBuffer second = memory.next();
    ByteBuffer third = memory.next();

    assertThat(second).isNotSameAs(first);
    assertThat(third).isNotSameAs(first).isNotSameAs(second);
    assertThat(memory.next()).isSameAs(first);
  }

  @Test
  void whatNobodyGaveBackIsNobodyElses() {
    ByteBuffer one = new PieceMemory(1).next();
    ByteBuffer other = new PieceMemory(1).next();

    assertThat(other).isNotSameAs(one);
  }
}
