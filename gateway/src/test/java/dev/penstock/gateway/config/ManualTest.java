package dev.penstock.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import dev.penstock.spi.testing.Manual;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
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

  record Reader(String block, BiConsumer<Block, Problems> read) {
    @Override
    public String toString() {
      return block;
    }
  }

  static Stream<Reader> readers() {
    return Stream.of(
        new Reader("gateway", GatewaySettings::read),
        new Reader("workers", WorkersConfig::read),
        new Reader("admin", AdminConfig::read),
        new Reader("admin.tls", ManualTest::readAsTls),
        new Reader("admin.limits", AdminLimits::read),
        new Reader("snapshots", SnapshotsConfig::read),
        new Reader("snapshots.hooks", (block, p) -> HookConfig.read(named(block), p)),
        new Reader("stores", (block, p) -> StoreConfig.read(named(block), p)),
        new Reader("volumes", (block, p) -> VolumeConfig.read(named(block), Set.of(), p)),
        new Reader("modules", (block, p) -> ModuleConfig.read(named(block), p)));
  }

  private static Block.Named named(Block block) {
    return new Block.Named("demo", HERE, block);
  }

  private static void readAsTls(Block block, Problems problems) {
    AdminConfig.read(Block.named("admin", HERE).put("tls", HERE, block).build(), problems);
  }

  /** The keys of a block with their defaults, as the manual has them. */
  private static Map<String, String> manual(String block) throws IOException {
    Map<String, String> keys = new LinkedHashMap<>();
    boolean inside = false;
    for (String line : Files.readAllLines(Path.of("README.md"))) {
      if (line.startsWith("#")) inside = line.equals("### `" + block + "`");
      MatchResult row = ROW.matcher(line).results().findFirst().orElse(null);
      if (inside && row != null) keys.put(row.group(1), row.group(2).replace("`", ""));
    }
    return keys;
  }

  @ParameterizedTest
  @MethodSource("readers")
  void describesEveryKeyThatIsReadAndNoOther(Reader reader) throws Exception {
    Block block = Block.empty(reader.block(), HERE);
    reader.read().accept(block, new Problems());

    assertThat(new TreeSet<>(manual(reader.block()).keySet())).isEqualTo(Manual.keysAskedOf(block));
  }

  @Test
  void defaultsOfLimitsAreTheOnesThatHold() throws IOException {
    var block = Block.named("admin.limits", HERE);
    manual("admin.limits")
        .forEach((key, text) -> block.put(key, HERE, new Setting.Text(text, HERE)));
    var problems = new Problems();

    assertThat(AdminLimits.read(block.build(), problems)).isEqualTo(AdminLimits.DEFAULTS);
    assertThat(problems.inOrder()).isEmpty();
  }
}
