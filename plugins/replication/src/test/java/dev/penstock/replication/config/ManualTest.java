package dev.penstock.replication.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.trigger.SnapshotNames.Format.Known;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import dev.penstock.spi.testing.Manual;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The manual's tables of settings and the code that reads them say the same, both ways. */
class ManualTest {
  private static final Manual MANUAL = Manual.of("README.md");
  private static final Mark HERE = new Mark("manual.yaml", 1);

  /** A table, by the first words of its head, and what reads the block that it is about. */
  record Table(String head, BiConsumer<Block, Problems> read) {
    @Override
    public String toString() {
      return head;
    }
  }

  static Stream<Table> tables() {
    return Stream.of(
        new Table("setting", ReplicationConfig::read),
        new Table("setting of a listener", ManualTest::readAsListener),
        new Table("setting of tls", TlsSettings::read),
        new Table("setting of a peer", (block, p) -> PeerSettings.read(named(block), p)),
        new Table("setting of push", (block, p) -> PeerSettings.Push.read(block, "demo", p)),
        new Table("setting of pull", ManualTest::readAsPull),
        new Table("setting of migrate", PeerSettings.Migrate::read),
        new Table("setting of forward", ForwardSettings::read),
        new Table("setting of a job", (block, p) -> JobSettings.read(named(block), p)),
        new Table("setting of snapshots", SnapshotSettings::read),
        new Table("limit", PhaseLimits::read));
  }

  private static Block.Named named(Block block) {
    return new Block.Named("demo", HERE, block);
  }

  private static void readAsListener(Block block, Problems problems) {
    var items = new Setting.Items(List.of(block), HERE);
    ListenSettings.readAll(Block.named("m", HERE).put("listen", HERE, items).build(), problems);
  }

  private static void readAsPull(Block block, Problems problems) {
    PeerSettings.read(named(Block.named("m", HERE).put("pull", HERE, block).build()), problems);
  }

  @ParameterizedTest
  @MethodSource("tables")
  void describesEveryKeyThatIsReadAndNoOther(Table table) {
    Block block = Block.empty("block", HERE);
    table.read().accept(block, new Problems());

    assertThat(new TreeSet<>(MANUAL.rows("| " + table.head() + " |").keySet()))
        .isEqualTo(Manual.keysAskedOf(block));
  }

  @Test
  void defaultsOfLimitsAreTheOnesThatHold() {
    var block = Block.named("limits", HERE);
    MANUAL
        .rows("| limit |")
        .forEach((key, text) -> block.put(key, HERE, new Setting.Text(text, HERE)));
    var problems = new Problems();

    assertThat(PhaseLimits.read(block.build(), problems)).isEqualTo(PhaseLimits.DEFAULTS);
    assertThat(problems.inOrder()).isEmpty();
  }

  @Test
  void namesEveryFormat() {
    for (Known format : Known.values())
      assertThat(MANUAL.text()).contains("`" + format.word() + "`");
  }
}
