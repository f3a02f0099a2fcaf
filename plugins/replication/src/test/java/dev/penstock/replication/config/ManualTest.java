package dev.penstock.replication.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.trigger.SnapshotNames.Format.Known;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The manual's tables of settings and the code that reads them say the same, both ways. */
class ManualTest {
  private static final Pattern ROW = Pattern.compile("^\\| `([a-z0-9_]+)` \\| ([^|]*) \\|");
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
  void describesEveryKeyThatIsReadAndNoOther(Table table) throws Exception {
    Block block = Block.empty("block", HERE);
    table.read().accept(block, new Problems());

    assertThat(new TreeSet<>(rows(table.head()).keySet())).isEqualTo(known(block));
  }

  @Test
  void defaultsOfLimitsAreTheOnesThatHold() throws IOException {
    var block = Block.named("limits", HERE);
    rows("limit").forEach((key, text) -> block.put(key, HERE, new Setting.Text(text, HERE)));
    var problems = new Problems();

    assertThat(PhaseLimits.read(block.build(), problems)).isEqualTo(PhaseLimits.DEFAULTS);
    assertThat(problems.inOrder()).isEmpty();
  }

  @Test
  void namesEveryFormat() throws IOException {
    String page = Files.readString(Path.of("README.md"));
    for (Known format : Known.values()) assertThat(page).contains("`" + format.word() + "`");
  }

  /** The keys of a table with their defaults. */
  private static Map<String, String> rows(String head) throws IOException {
    Map<String, String> keys = new LinkedHashMap<>();
    boolean inside = false;
    for (String line : Files.readAllLines(Path.of("README.md"))) {
      if (line.startsWith("| " + head + " |")) inside = true;
      else if (!line.startsWith("|")) inside = false;
      MatchResult row = ROW.matcher(line).results().findFirst().orElse(null);
      if (inside && row != null) keys.put(row.group(1), row.group(2).replace("`", ""));
    }
    return keys;
  }

  /** What a block was asked for: it keeps this to itself, to suggest the nearest key. */
  @SuppressWarnings("unchecked") // a field that this test knows
  private static Set<String> known(Block block) throws ReflectiveOperationException {
    Field known = Block.class.getDeclaredField("known");
    known.setAccessible(true);
    return new TreeSet<>((Set<String>) known.get(block));
  }
}
